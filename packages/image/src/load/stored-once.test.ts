import { allDigests, type Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import fc from "fast-check";
import { expect, test } from "vitest";
import { listImages } from "../list.ts";
import {
  classicArchive,
  combinedArchive,
  type NamedSample,
  ociLayout,
  skopeoArchive,
} from "../testing/archives.ts";
import { collectingStore } from "../testing/collecting-store.ts";
import { type Files, packFiles, streamOf } from "../testing/files.ts";
import { digestOf, type SampleLayer, sampleImage, sampleLayer } from "../testing/images.ts";
import { loadImages } from "./load.ts";

const FORMS = { classicArchive, skopeoArchive, combinedArchive, ociLayout } as const;

const layers: SampleLayer[] = await Promise.all(
  ["a", "b", "c", "d"].map((seed) => sampleLayer(seed, { compression: "none" })),
);
const stacks = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 });
const archives = fc.record({
  form: fc.constantFrom(...(Object.keys(FORMS) as (keyof typeof FORMS)[])),
  stacks: fc.array(stacks, { minLength: 1, maxLength: 3 }),
});

async function load(store: Store, files: Files): Promise<Awaited<ReturnType<typeof loadImages>>> {
  return loadImages(store, { stream: streamOf(await packFiles(files), 20_000) });
}

test("a layer is stored once, whatever images and archives it comes in", () =>
  fc.assert(
    fc.asyncProperty(fc.array(archives, { minLength: 1, maxLength: 3 }), async (all) => {
      await using inner = createMemoryStore();
      const store = collectingStore(inner);
      const wanted = new Set<string>();
      let stored = 0;
      for (const [number, { form, stacks }] of all.entries()) {
        const samples: NamedSample[] = stacks.map((stack, at) => ({
          image: sampleImage(stack.map((layer) => layers[layer]!)),
          names: [`docker.io/library/app${number}:${at}`],
        }));
        for (const layer of stacks.flat()) wanted.add(digestOf(layers[layer]!.blob));
        const loaded = await load(store, FORMS[form](samples));
        // By name, since an image that comes several times is told of once, with all of its names.
        const depths = new Map(loaded.map(({ reference, layers }) => [reference, layers.length]));
        for (const [at, stack] of stacks.entries()) {
          expect(depths.get(`app${number}:${at}`)).toBe(stack.length);
        }
        const isNew = loaded.flatMap(({ layers }) => layers.filter(({ newBytes }) => newBytes > 0));
        stored += new Set(isNew.map(({ digest }) => digest)).size;
      }
      const tars = new Set(layers.map(({ blob }) => digestOf(blob)));
      const kept = (await allDigests(store)).filter((digest) => tars.has(digest));
      expect(kept.sort()).toEqual([...wanted].sort());
      expect(stored).toBe(wanted.size);
      const names = all.reduce((sum, { stacks }) => sum + stacks.length, 0);
      expect(await listImages(store)).toHaveLength(names);
    }),
    { numRuns: 40 },
  ));
