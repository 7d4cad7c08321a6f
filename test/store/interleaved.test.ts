import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "vitest";
import type { Digest } from "../../packages/content/src/index.ts";
import { openStore } from "../../packages/store/src/index.ts";
import { age } from "./support/age.ts";
import type { Command, ProcessOptions, StepOccurrence } from "./support/commands.ts";
import { layerIn, layerTar, someFiles } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";
import { contextOf, runCommand } from "./support/run-command.ts";
import { assertLeavesNoGarbage, assertVerifies, digestOf } from "./support/state.ts";
import { StoreProcess } from "./support/store-process.ts";

/** One process is stopped in the middle of its work, another does something, the first goes on. */

const place = await makePlace("interleaved");

const tar = await layerTar(someFiles(20, { firstSeed: 1, sizeBytes: 40_000 }));
const blobs = {
  tar,
  zstd: layerIn("zstd", tar),
  child: Buffer.from("a config\n"),
  otherChild: Buffer.from("another config\n"),
  parent: Buffer.from("an index of both\n"),
};
type BlobName = keyof typeof blobs;

const files = {} as Record<BlobName, string>;
for (const [name, bytes] of Object.entries(blobs)) {
  files[name as BlobName] = place.next();
  await writeFile(files[name as BlobName], bytes);
}

function load(name: BlobName, more: Partial<Command & { op: "load" }> = {}): Command {
  return { op: "load", file: files[name], via: "stream", ...more };
}

function nameOf(name: BlobName): Digest {
  return digestOf(blobs[name]);
}

interface Interleaving {
  readonly settle?: "inline" | "deferred";
  readonly before?: readonly Command[];
  /** What is stopped, and where. */
  readonly stopped: Command;
  readonly at: StepOccurrence;
  readonly meanwhile: readonly Command[];
}

/** Returns the store's path and what the stopped command answered in the end. */
async function interleave(work: Interleaving): Promise<{ path: string; answer: unknown }> {
  const options = { path: place.next(), settle: work.settle ?? "inline" };
  await runHere(options, work.before ?? []);
  await using first = await StoreProcess.start({ ...options, stopAt: work.at });
  const answer = first.call(work.stopped).catch((error: unknown) => error);
  await Promise.race([first.stopped, answer.then((value) => assert.fail(`not stopped: ${value}`))]);
  await age(options);
  await runHere(options, work.meanwhile);
  first.signal("SIGCONT");
  const answered = await answer;
  await first.close();
  return { path: options.path, answer: answered };
}

async function runHere(
  { path, settle = "inline" }: Pick<ProcessOptions, "path" | "settle">,
  commands: readonly Command[],
): Promise<void> {
  await using store = await openStore(path, { settle, threads: 1 });
  for (const command of commands) await runCommand(contextOf(store), command);
}

async function assertHas(path: string, digest: Digest): Promise<void> {
  await using store = await openStore(path, { threads: 1 });
  assert.ok(await store.stat(digest), `${digest} is not there`);
  await assertVerifies(store);
  await assertLeavesNoGarbage(store);
}

test.concurrent("a blob that is pushed again while its deletion goes on stays", async () => {
  const { path } = await interleave({
    before: [load("zstd")],
    stopped: { op: "delete", digest: nameOf("zstd") },
    at: { step: "blobs-forgotten", occurrence: 1 },
    meanwhile: [load("zstd", { tag: "again" })],
  });
  await assertHas(path, nameOf("zstd"));
});

test.concurrent("a blob that is pushed again while a collection goes on stays", async () => {
  const { path } = await interleave({
    before: [load("zstd"), load("tar")],
    stopped: { op: "collect" },
    at: { step: "blobs-forgotten", occurrence: 1 },
    meanwhile: [load("zstd", { tag: "again" }), load("tar", { tag: "tar" })],
  });
  await assertHas(path, nameOf("zstd"));
});

test.concurrent("a staged copy that a collection takes for a leftover is staged again", async () => {
  const { path } = await interleave({
    stopped: load("zstd", { tag: "late" }),
    at: { step: "staged-synced", occurrence: 1 },
    meanwhile: [{ op: "collect" }],
  });
  await assertHas(path, nameOf("zstd"));
});

test.concurrent("a blob that is staged again while it settles keeps its staged copy", async () => {
  const { path } = await interleave({
    settle: "deferred",
    before: [load("tar")],
    stopped: { op: "settle", digest: nameOf("tar") },
    at: { step: "blob-indexed", occurrence: 1 },
    meanwhile: [{ op: "delete", digest: nameOf("tar") }, load("tar", { tag: "again" })],
  });
  await assertHas(path, nameOf("tar"));
});

test.concurrent("a blob that is deleted while it settles stays deleted", async () => {
  const { path, answer } = await interleave({
    settle: "deferred",
    before: [load("tar")],
    stopped: { op: "settle", digest: nameOf("tar") },
    at: { step: "rebuilt", occurrence: 1 },
    meanwhile: [{ op: "delete", digest: nameOf("tar") }],
  });
  assert.equal(answer, undefined);
  await using store = await openStore(path, { threads: 1 });
  assert.equal(await store.stat(nameOf("tar")), undefined);
  await assertLeavesNoGarbage(store);
});

test.concurrent("links that are added while a blob settles are kept", async () => {
  const links = [nameOf("child")];
  const { path } = await interleave({
    settle: "deferred",
    before: [load("child"), load("tar")],
    stopped: { op: "settle", digest: nameOf("tar") },
    at: { step: "rebuilt", occurrence: 1 },
    meanwhile: [load("tar", { links })],
  });
  await using store = await openStore(path, { threads: 1 });
  assert.deepEqual((await store.stat(nameOf("tar")))?.links, links);
  assert.equal((await store.stat(nameOf("tar")))?.state, "settled");
});

test.concurrent("links that two processes give to one blob at once are kept, both", async () => {
  const both = [nameOf("child"), nameOf("otherChild")];
  const { path } = await interleave({
    before: [load("child"), load("otherChild")],
    stopped: load("parent", { links: both.slice(0, 1) }),
    at: { step: "pack-synced", occurrence: 1 },
    meanwhile: [load("parent", { links: both.slice(1) })],
  });
  await using store = await openStore(path, { threads: 1 });
  assert.deepEqual([...((await store.stat(nameOf("parent")))?.links ?? [])].sort(), both.sort());
});

for (const step of ["blocks-moved", "chunks-forgotten"] as const) {
  test.concurrent(`what is loaded while a collection is at ${step} stays`, async () => {
    const { path } = await interleave({
      before: [load("tar", { tag: "tar" }), load("zstd"), { op: "untag", name: "tar" }],
      stopped: { op: "collect" },
      at: { step, occurrence: 1 },
      meanwhile: [load("tar", { tag: "again" }), load("zstd", { tag: "zstd" })],
    });
    await assertHas(path, nameOf("tar"));
  });
}
