/**
 * Takes a stream in, and gives it back.
 *
 *     node store-a-stream.ts STORE
 */
import { createHash } from "node:crypto";
import { openStore } from "@shale/store";

const [path = "example-store"] = process.argv.slice(2);
await using store = await openStore(path);

// Any source of bytes will do: a file, a socket, the body of a response.
async function* source(): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < 100; piece++) yield Buffer.from(`piece ${piece}\n`.repeat(1000));
}

// Until the commit resolves the blob does not exist; from then on it is durable. Each write is awaited, so that the store
// can push back.
await using writer = await store.ingest();
for await (const bytes of source()) await writer.write(bytes);
const { digest, sizeBytes, status } = await writer.commit();
console.log(`${status} ${sizeBytes} bytes as ${digest}`);

// The bytes are verified while they stream: damage fails the stream before its last byte.
const hash = createHash("sha256");
for await (const piece of store.open(digest)) hash.update(piece);
console.log(`read back: ${`sha256:${hash.digest("hex")}` === digest}`);

/* prints:
stored 890000 bytes as sha256:3fc31911e2fef2b4c2fd5e0af7e76bf8170bd833e4afca3759a837997826b865
read back: true
*/
