/**
 * Tags and links keep blobs; a lease keeps them while work is under way; what nothing keeps is collected.
 *
 *     node keep-and-collect.ts STORE
 */
import { allDigests, type Digest, type Lease } from "@shale/content";
import { openStore } from "@shale/store";

const [path = "example-store"] = process.argv.slice(2);
await using store = await openStore(path);

async function put(text: string, expected: { links?: Digest[]; lease: Lease }): Promise<Digest> {
  await using writer = await store.ingest();
  await writer.write(Buffer.from(text));
  return (await writer.commit(expected)).digest;
}

{
  // Without the lease a collection in another process could take the parts before the whole names them.
  await using lease = await store.lease();
  const parts = [await put("one part", { lease }), await put("another part", { lease })];
  const whole = await put("a list of the parts", { links: parts, lease });
  await put("a part that nothing names", { lease });
  await store.tag("release", whole);
}

await store.collect();
console.log(`kept by the tag: ${(await allDigests(store)).length} blobs`);

await store.untag("release");
await store.collect();
console.log(`without it: ${(await allDigests(store)).length} blobs`);

/* prints:
kept by the tag: 3 blobs
without it: 0 blobs
*/
