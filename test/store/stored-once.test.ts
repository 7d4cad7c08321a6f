import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import type { BlobSource, Ingested } from "../../packages/content/src/index.ts";
import { type LayerStore, openStore, type StoreUsage } from "../../packages/store/src/index.ts";
import { type LayerFile, type LayerForm, layerIn, layerTar } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";
import { assertVerifies, digestOf } from "./support/state.ts";

const place = await makePlace("stored-once");
const RUNS = 8;

/** From nothing, over whole small files, to files that are cut into a few chunks. */
const anyFile = fc.record({
  seed: fc.nat({ max: 30 }),
  sizeBytes: fc.oneof(fc.nat({ max: 2000 }), fc.nat({ max: 200_000 })),
});
const anyFiles = fc.uniqueArray(anyFile, {
  maxLength: 10,
  selector: ({ seed, sizeBytes }) => `${seed}-${sizeBytes}`,
});
const anyForm = fc.constantFrom<LayerForm>("tar", "gzip", "zstd");
/** How a blob comes in: as a source, or as a stream in pieces of some size. */
const anyRoute = fc.oneof(fc.constant("source" as const), fc.integer({ min: 1000, max: 400_000 }));
type Route = "source" | number;

async function ingest(store: LayerStore, bytes: Uint8Array, route: Route): Promise<Ingested> {
  if (route === "source") return await store.ingestSource(sourceOf(bytes));
  await using writer = await store.ingest();
  for (let at = 0; at < bytes.length; at += route)
    await writer.write(bytes.subarray(at, at + route));
  return await writer.commit();
}

function sourceOf(bytes: Uint8Array): BlobSource {
  return {
    sizeBytes: bytes.length,
    read: async (target, at) => {
      const piece = bytes.subarray(at, at + target.length);
      target.set(piece);
      return piece.length;
    },
  };
}

/** What of the store's size is decided by its content. */
function contentOf({ blobs, chunks, uniqueContentBytes, stagedBytes }: StoreUsage): unknown {
  return { blobs, chunks, uniqueContentBytes, stagedBytes };
}

/**
 * For a blob that is here already nothing is written to a pack: only the index notes who works and what is leased. It copies
 * the pages that it changes, of at most eight small trees with at most three levels, a page each; twice, since the pages of
 * the transaction before are not yet free.
 */
const REFERENCE_BYTES = 2 * 8 * 3 * 4096;

test("a layer that comes again, in any way and in parallel, is stored once", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyFiles,
      anyForm,
      anyRoute,
      fc.array(anyRoute, { minLength: 1, maxLength: 4 }),
      async (files, form, first, others) => {
        const bytes = layerIn(form, await layerTar(files));
        await using store = await openStore(place.next(), { threads: 1 });
        const { status, digest } = await ingest(store, bytes, first);
        assert.deepEqual([status, digest], ["stored", digestOf(bytes)]);
        const before = await store.usage();
        const again = await Promise.all(others.map((route) => ingest(store, bytes, route)));
        for (const { status, newBytes } of again)
          assert.deepEqual([status, newBytes], ["exists", 0]);
        const after = await store.usage();
        assert.deepEqual(contentOf(after), contentOf(before));
        const grownBytes = after.storedBytes - before.storedBytes;
        assert.ok(grownBytes <= REFERENCE_BYTES, `${grownBytes} bytes for a reference`);
        await assertVerifies(store);
      },
    ),
    { numRuns: RUNS },
  );
});

test("a new layer that comes in many ways at once is stored as if it came alone", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyFiles,
      anyForm,
      fc.array(anyRoute, { minLength: 2, maxLength: 5 }),
      async (files, form, routes) => {
        const bytes = layerIn(form, await layerTar(files));
        await using alone = await openStore(place.next(), { threads: 1 });
        await ingest(alone, bytes, routes[0]!);
        await using store = await openStore(place.next(), { threads: 1 });
        const all = await Promise.all(routes.map((route) => ingest(store, bytes, route)));
        assert.equal(all.filter(({ status }) => status === "stored").length, 1);
        assert.deepEqual(contentOf(await store.usage()), contentOf(await alone.usage()));
        await assertVerifies(store);
      },
    ),
    { numRuns: RUNS },
  );
});

/**
 * A layer of known files is a recipe: a few hundred bytes of description, and the headers, which are 512 bytes an entry and
 * two empty blocks before they are compressed.
 */
function recipeBytes(files: readonly LayerFile[]): number {
  return 1024 + 512 * (files.length + 3);
}

test("the same files under other headers, in another order, are stored once", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyFiles.chain((files) =>
        fc.record({
          files: fc.constant(files),
          order: fc.shuffledSubarray(files),
          mtimeMs: fc.integer({ min: 0, max: 2 ** 32 }).map((seconds) => seconds * 1000),
          uid: fc.nat({ max: 100_000 }),
          route: anyRoute,
        }),
      ),
      async ({ files, order, mtimeMs, uid, route }) => {
        await using store = await openStore(place.next(), { threads: 1 });
        await ingest(store, await layerTar(files), "source");
        const before = await store.usage();
        const other = await layerTar(order, { mtimeMs, uid });
        const { newBytes, digest } = await ingest(store, other, route);
        const after = await store.usage();
        assert.equal(after.chunks, before.chunks);
        assert.equal(after.uniqueContentBytes, before.uniqueContentBytes);
        assert.ok(newBytes <= recipeBytes(order), `${newBytes} bytes for ${order.length} files`);
        await assertReadsAs(store, { bytes: other, digest });
      },
    ),
    { numRuns: RUNS },
  );
});

/** Bytes of all kinds: tars that are whole, cut or damaged, in every form, text, noise. */
const anyBytes = fc.oneof(
  fc
    .record({
      files: anyFiles,
      form: anyForm,
      cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      flip: fc.option(fc.nat()),
    })
    .map((layer) => async () => {
      const bytes = layerIn(layer.form, await layerTar(layer.files));
      if (layer.flip !== null) bytes[layer.flip % bytes.length]! ^= 1;
      return layer.cut === null ? bytes : bytes.subarray(0, Math.floor(layer.cut * bytes.length));
    }),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => async () => Buffer.from(bytes)),
  fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.nat({ max: 40_000 })).map(
    ([text, times]) =>
      async () =>
        Buffer.from(text.repeat(times)),
  ),
);
const anyRange = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

test("whatever comes in comes out again, whole and in part", async () => {
  await using store = await openStore(place.next(), { threads: 1 });
  await fc.assert(
    fc.asyncProperty(
      anyBytes,
      anyRoute,
      fc.array(anyRange, { maxLength: 5 }),
      async (make, route, ranges) => {
        const bytes = await make();
        const { digest } = await ingest(store, bytes, route);
        assert.equal(digest, digestOf(bytes));
        await assertReadsAs(store, { bytes, digest, ranges });
      },
    ),
    { numRuns: 4 * RUNS },
  );
  await assertVerifies(store);
});

async function assertReadsAs(
  store: LayerStore,
  blob: {
    readonly bytes: Buffer;
    readonly digest: Ingested["digest"];
    readonly ranges?: readonly (readonly [number, number])[];
  },
): Promise<void> {
  const { bytes, digest, ranges = [] } = blob;
  const spans = ranges.map((ends) => {
    const [from, to] = ends.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b);
    return { offsetBytes: from!, lengthBytes: to! - from! };
  });
  for (const range of [{ offsetBytes: 0, lengthBytes: bytes.length }, ...spans]) {
    const pieces: Uint8Array[] = [];
    for await (const piece of store.open(digest, { range })) pieces.push(Uint8Array.from(piece));
    const expected = bytes.subarray(range.offsetBytes, range.offsetBytes + range.lengthBytes);
    assert.ok(Buffer.concat(pieces).equals(expected), JSON.stringify(range));
  }
}
