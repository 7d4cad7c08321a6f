import { writeFile } from "node:fs/promises";
import fc from "fast-check";
import { test } from "vitest";
import type { StoreStep } from "../../packages/store/src/index.ts";
import type { Command } from "./support/commands.ts";
import { layerIn, layerTar, someFiles } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";
import { digestOf } from "./support/state.ts";
import { Twins } from "./support/twins.ts";

/** Whatever is done to a store, in whatever order, and whenever its process dies: it does what the memory store does. */

const place = await makePlace("model");

const shared = someFiles(6, { firstSeed: 1, sizeBytes: 40_000 });
const one = await layerTar([...shared, ...someFiles(2, { firstSeed: 20, sizeBytes: 70_000 })]);
const two = await layerTar([...someFiles(3, { firstSeed: 30, sizeBytes: 60_000 }), ...shared]);
const blobs = [
  one,
  two,
  layerIn("gzip", one),
  layerIn("zstd", two),
  Buffer.from("text that compresses well\n".repeat(20_000)),
  Buffer.from("a manifest\n"),
  Buffer.from("another manifest\n"),
  Buffer.alloc(0),
].map((bytes) => ({ bytes, digest: digestOf(bytes), file: place.next() }));
for (const { bytes, file } of blobs) await writeFile(file, bytes);

const anyBlob = fc.nat({ max: blobs.length - 1 });
const anyRepository = fc.constantFrom("lib", "lib/one");
const anyTag = fc.constantFrom("latest", "v1", "v2");

const loads: fc.Arbitrary<Command> = fc
  .record({
    blob: anyBlob,
    via: fc.constantFrom("stream" as const, "source" as const),
    links: fc.uniqueArray(anyBlob, { maxLength: 2 }),
    tag: fc.option(anyTag),
    resume: fc.boolean(),
    leased: fc.boolean(),
  })
  .map(({ blob, via, links, tag, resume, leased }) => ({
    op: "load",
    file: blobs[blob]!.file,
    via,
    leased,
    links: links.filter((link) => link !== blob).map((link) => blobs[link]!.digest),
    ...(tag !== null && { tag }),
    ...(resume && via === "stream" && { id: `upload-${blob}` }),
  }));

const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: loads },
  anyBlob.map((blob): Command => ({ op: "write", file: blobs[blob]!.file, id: `upload-${blob}` })),
  anyBlob.map((blob): Command => ({ op: "abort", id: `upload-${blob}` })),
  {
    weight: 2,
    arbitrary: anyBlob.map((blob): Command => ({ op: "delete", digest: blobs[blob]!.digest })),
  },
  fc
    .tuple(anyTag, anyBlob)
    .map(([name, blob]): Command => ({ op: "tag", name, digest: blobs[blob]!.digest })),
  anyTag.map((name): Command => ({ op: "untag", name })),
  fc.tuple(anyRepository, fc.uniqueArray(anyBlob, { minLength: 1, maxLength: 3 })).map(
    ([repository, added]): Command => ({
      op: "add",
      repository,
      digests: added.map((blob) => blobs[blob]!.digest),
    }),
  ),
  fc
    .tuple(anyRepository, anyBlob)
    .map(
      ([repository, blob]): Command => ({ op: "remove", repository, digest: blobs[blob]!.digest }),
    ),
  { weight: 2, arbitrary: fc.constant<Command>({ op: "collect" }) },
  anyBlob.map((blob): Command => ({ op: "settle", digest: blobs[blob]!.digest })),
  fc.constant<Command>({ op: "verify" }),
  fc.constant<Command>({ op: "read" }),
);

const steps = fc.record({
  step: fc.constantFrom<StoreStep>(
    "staged-written",
    "staged-synced",
    "chunks-claimed",
    "block-written",
    "pack-synced",
    "chunks-indexed",
    "recipe-written",
    "blob-indexed",
    "journal-written",
    "tag-indexed",
    "format-raised",
    "members-indexed",
    "blobs-forgotten",
    "blocks-moved",
    "chunks-forgotten",
  ),
  occurrence: fc.integer({ min: 1, max: 3 }),
});

class Act implements fc.AsyncCommand<object, Twins> {
  readonly #name: string;
  readonly #act: (twins: Twins) => Promise<void>;

  constructor(name: string, act: (twins: Twins) => Promise<void>) {
    this.#name = name;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  async run(_: object, twins: Twins): Promise<void> {
    await this.#act(twins);
  }

  toString(): string {
    return this.#name;
  }
}

const acts = [
  commands.map((command) => new Act(JSON.stringify(command), (twins) => twins.run(command))),
  fc.constant(new Act("lease", (twins) => twins.takeLease())),
  fc
    .tuple(fc.nat({ max: 3 }), anyBlob)
    .map(
      ([lease, blob]) =>
        new Act(`protect ${blob}`, (twins) => twins.protect(lease, blobs[blob]!.digest)),
    ),
  fc.constant(new Act("release", (twins) => twins.releaseLease())),
  fc.constant(new Act("reopen", (twins) => twins.reopen())),
  fc.constant(new Act("crash", (twins) => twins.crash())),
  fc
    .tuple(commands, steps)
    .map(
      ([command, at]) =>
        new Act(`crash ${JSON.stringify({ at, command })}`, (twins) => twins.crashIn(command, at)),
    ),
];
// Most acts change something; a new process costs as much as twenty of them.
const weights = [14, 1, 1, 1, 1, 1, 2];
const program = acts.flatMap((act, i) => Array.from({ length: weights[i]! }, () => act));

const programs = fc.commands(program, { maxCommands: 40, size: "max" });
const ways = fc.constantFrom("inline" as const, "deferred" as const);

/** Each run starts half a dozen processes. */
const RUNS = 4;

test("a store does what the memory store does", async () => {
  await fc.assert(
    fc.asyncProperty(ways, programs, async (settle, run) => {
      await using twins = await Twins.start({ path: place.next(), settle });
      await fc.asyncModelRun(() => ({ model: {}, real: twins }), run);
      await twins.run({ op: "verify" });
    }),
    { numRuns: RUNS, endOnFailure: false },
  );
});
