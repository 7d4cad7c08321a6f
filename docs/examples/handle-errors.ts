/**
 * Errors are told apart by their code, which never changes its meaning; their text may.
 *
 *     node handle-errors.ts STORE
 */
import { hasCode, parseDigest } from "@shale/content";
import { openStore } from "@shale/store";

const [path = "example-store"] = process.argv.slice(2);

// A store that must be there already.
try {
  await using absent = await openStore(`${path}/absent`, { create: false });
  console.log(`opened ${absent.path}`);
} catch (error) {
  if (!hasCode(error, "STORE_MISSING")) throw error;
  console.log("there is no store yet");
}

await using store = await openStore(path);
const announced = parseDigest(`sha256:${"0".repeat(64)}`);

// Bytes that are not what they were announced as are refused, and nothing of them is kept.
try {
  await using writer = await store.ingest();
  await writer.write(Buffer.from("not what was announced"));
  await writer.commit({ digest: announced });
} catch (error) {
  if (!hasCode(error, "DIGEST_MISMATCH")) throw error;
  console.log("the upload was damaged on its way");
}

// What is not there is `undefined` to who asks, and an error to who reads.
console.log(await store.stat(announced));
try {
  for await (const piece of store.open(announced)) console.log(piece.length);
} catch (error) {
  if (!hasCode(error, "BLOB_UNKNOWN")) throw error;
  console.log("there is no such blob");
}

/* prints:
there is no store yet
the upload was damaged on its way
undefined
there is no such blob
*/
