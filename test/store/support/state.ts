import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestFromBytes, type Store } from "../../../packages/content/src/index.ts";
import type { LayerStore } from "../../../packages/store/src/index.ts";
import { age } from "./age.ts";

/** What a store shows to those who use it, in an order of its own. */
export interface State {
  readonly blobs: readonly string[];
  readonly tags: readonly string[];
  readonly members: readonly string[];
}

export async function stateOf(store: Store): Promise<State> {
  const blobs: string[] = [];
  for await (const { digest, sizeBytes, encoding, links } of store.blobs()) {
    // What is in a compressed stream may be left for later.
    const kind = encoding === "tar" ? "tar" : "other";
    blobs.push([digest, sizeBytes, kind, ...[...links].sort()].join(" "));
  }
  const tags: string[] = [];
  for await (const { name, digest } of store.tags()) tags.push(`${name} ${digest}`);
  const members: string[] = [];
  for await (const repository of store.repositories()) {
    for await (const { digest, kind, note } of store.members(repository)) {
      members.push(`${repository} ${digest} ${kind} ${note}`);
    }
  }
  return { blobs: blobs.sort(), tags, members };
}

export function digestOf(bytes: Uint8Array): Digest {
  return digestFromBytes("sha256", createHash("sha256").update(bytes).digest());
}

export async function assertVerifies(store: Store): Promise<void> {
  assert.deepEqual((await store.verify()).errors, []);
}

/** The journal of a short test, and the headers of packs that have nothing in them. */
const NEARLY_NOTHING_BYTES = 64 * 1024;

/** A collection of a store in which nothing is tagged, and no repository has members, gives all of the space back. */
export async function assertLeavesNoGarbage(store: LayerStore): Promise<void> {
  for await (const { name } of store.tags()) await store.untag(name);
  for await (const repository of store.repositories()) {
    for await (const member of store.members(repository)) {
      await store.removeMember(repository, member);
    }
  }
  await age(store);
  await store.collect();
  const { blobs, chunks, uniqueContentBytes } = await store.usage();
  assert.deepEqual(
    { blobs, chunks, uniqueContentBytes },
    { blobs: 0, chunks: 0, uniqueContentBytes: 0 },
  );
  assert.deepEqual(await readdir(join(store.path, "staged")), []);
  const packBytes = await sizeOf(join(store.path, "packs"));
  assert.ok(packBytes < NEARLY_NOTHING_BYTES, `packs hold ${packBytes} bytes of nothing`);
  await assertVerifies(store);
}

async function sizeOf(directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(directory)) bytes += (await stat(join(directory, name))).size;
  return bytes;
}
