import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "./testing/client.ts";
import { manifestOf, pushImage } from "./testing/images.ts";
import { type Served, serve, serveMemory } from "./testing/served.ts";

const QUOTA = 10_000;
const quotaOf = (repository: string): number | undefined =>
  repository.startsWith("small/") ? QUOTA : undefined;

let registry: Served;

beforeEach(async () => {
  registry = await serveMemory({ quotaOf });
});

afterEach(() => registry[Symbol.asyncDispose]());

async function push(repository: string, bytes: Uint8Array): Promise<number> {
  const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`;
  const { status, code } = await registry.send("POST", path, { body: bytes });
  if (status !== 201) expect(code).toBe("DENIED");
  return status;
}

async function heldBytes(repository: string): Promise<number> {
  let bytes = 0;
  for await (const { digest } of registry.store.members(repository)) {
    bytes += (await registry.store.stat(digest))!.sizeBytes;
  }
  return bytes;
}

test("a repository takes as much as it may hold; another one does not matter to it", async () => {
  const [one, two] = [randomBytes(6000), randomBytes(6000)];
  expect(await push("small/a", one)).toBe(201);
  expect(await push("small/a", two)).toBe(403);
  expect(await push("small/b", two)).toBe(201);
  expect(await push("large", Buffer.concat([one, two]))).toBe(201);
  // What it has takes no more room.
  expect(await push("small/a", one)).toBe(201);
  expect(await push("small/a", randomBytes(4000))).toBe(201);
  const full = await registry.send("POST", "/v2/small/a/blobs/uploads/");
  expect([full.status, full.code]).toEqual([403, "DENIED"]);
  expect(full.json).toMatchObject({
    errors: [{ detail: { quotaBytes: QUOTA, usedBytes: QUOTA } }],
  });
});

test("too much is refused while it comes, not when all of it is there", async () => {
  const begun = await registry.send("POST", "/v2/small/a/blobs/uploads/");
  const path = begun.headers.location!;
  expect((await registry.send("PATCH", path, { body: randomBytes(9000) })).status).toBe(202);
  const more = await registry.send("PATCH", path, { body: randomBytes(2000), chunked: true });
  expect([more.status, more.code]).toEqual([403, "DENIED"]);
});

test("mounts and manifests count, and what is deleted makes room", async () => {
  const layer = randomBytes(9000);
  const digest = await registry.pushBlob("large", layer);
  const mount = `/v2/small/a/blobs/uploads/?mount=${digest}&from=large`;
  expect((await registry.send("POST", mount)).status).toBe(201);
  expect((await registry.send("POST", mount)).status).toBe(201);
  const config = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{}}');
  expect(await push("small/a", config)).toBe(201);
  const note = { annotations: { note: "x".repeat(1000) } };
  const large = await registry.pushManifest("small/a", "1", manifestOf([layer], note));
  expect([large.status, large.code]).toEqual([403, "DENIED"]);
  const small = await registry.pushManifest("small/a", "1", manifestOf([layer]));
  expect(small.status).toBe(201);
  const other = await registry.pushBlob("large", randomBytes(8000));
  const second = `/v2/small/a/blobs/uploads/?mount=${other}&from=large`;
  expect((await registry.send("POST", second)).status).toBe(403);
  await registry.send("DELETE", `/v2/small/a/manifests/${small.headers["docker-content-digest"]}`);
  await registry.send("DELETE", `/v2/small/a/blobs/${digest}`);
  expect((await registry.send("POST", second)).status).toBe(201);
});

test("what it holds is known again after a restart", async () => {
  expect(await push("small/a", randomBytes(6000))).toBe(201);
  await using again = await serve(registry.store, { quotaOf });
  const bytes = randomBytes(6000);
  const path = `/v2/small/a/blobs/uploads/?digest=${digestOf(bytes)}`;
  expect((await again.send("POST", path, { body: bytes })).status).toBe(403);
});

test("however many push at once, the quota holds, and what fits is taken", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 10 }),
      async (sizes) => {
        const repository = `small/run${run++}`;
        const statuses = await Promise.all(
          sizes.map((size) => push(repository, randomBytes(size))),
        );
        const held = await heldBytes(repository);
        expect(held).toBeLessThanOrEqual(QUOTA);
        const taken = sizes.filter((_, at) => statuses[at] === 201);
        expect(held).toBe(taken.reduce((sum, size) => sum + size, 0));
        const refused = sizes.filter((_, at) => statuses[at] !== 201);
        // One that would still fit was not refused.
        for (const size of refused) expect(held + size).toBeGreaterThan(QUOTA - 5000);
        if (sizes.reduce((sum, size) => sum + size, 0) <= QUOTA) expect(refused).toEqual([]);
      },
    ),
    { numRuns: 30 },
  );
});

test("without a quota nothing is counted", async () => {
  await pushImage(registry, "large", "1", { layers: [randomBytes(50_000)] });
  expect(await heldBytes("large")).toBeGreaterThan(50_000);
});
