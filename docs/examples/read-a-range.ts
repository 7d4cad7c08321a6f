/**
 * Reads a part of a blob. Only the blocks that it lies in are read, and what comes out is verified as whole blobs are.
 *
 *     node read-a-range.ts STORE
 */
import { text } from "node:stream/consumers";
import { openStore } from "@shale/store";

const [path = "example-store"] = process.argv.slice(2);
await using store = await openStore(path);

await using writer = await store.ingest();
for (let piece = 0; piece < 100; piece++) {
  await writer.write(Buffer.from(`piece ${piece}\n`.repeat(20_000)));
}
const { digest, sizeBytes } = await writer.commit();

// Half-open: from the offset up to, not including, offset and length.
const range = { offsetBytes: 9_000_001, lengthBytes: 21 };
console.log(JSON.stringify(await text(store.open(digest, { range }))));

// To the end when no length is given.
const end = store.open(digest, { range: { offsetBytes: sizeBytes - 9 } });
console.log(JSON.stringify(await text(end)));

/* prints:
"ce 51\npiece 51\npiece "
"piece 99\n"
*/
