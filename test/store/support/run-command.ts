import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import {
  type BlobSource,
  type Digest,
  digestAlgorithm,
  digestFromBytes,
  type Expectation,
  type Ingested,
  type IngestId,
  type Lease,
  type NewMember,
  type Store,
} from "../../../packages/content/src/index.ts";
import type { LayerStore, StoreStep } from "../../../packages/store/src/index.ts";
import type { Command } from "./commands.ts";
import { generatedLayer } from "./generated-layer.ts";
import { stateOf } from "./state.ts";

/** Settling changes nothing that a store shows, so that one without it does all the rest. */
export type AnyStore = Store & Partial<Pick<LayerStore, "settle">>;

export interface CommandContext {
  readonly store: AnyStore;
  readonly leases: Map<string, Lease>;
  /** How often each step was reached. */
  readonly steps: ReadonlyMap<StoreStep, number>;
}

export function contextOf(store: AnyStore): CommandContext {
  return { store, leases: new Map(), steps: new Map() };
}

const WRITE_BYTES = 300_000;

/** Does one thing with a store; the answer can be written as JSON. */
export async function runCommand(context: CommandContext, command: Command): Promise<unknown> {
  const { store, leases, steps } = context;
  switch (command.op) {
    case "load":
      return await load(store, command);
    case "generate":
      return await store.ingestSource(generatedLayer(command.sizeBytes));
    case "write":
      return await writePart(store, command);
    case "abort":
      return await store.abort(command.id as IngestId);
    case "settle":
      return await store.settle?.(command.digest as Digest);
    case "tag":
      return await store.tag(command.name, command.digest as Digest);
    case "untag":
      return await store.untag(command.name);
    case "add":
      return await store.addMembers(command.repository, command.digests.map(asMember));
    case "remove": {
      const key = { digest: command.digest as Digest, kind: "blob" } as const;
      return await store.removeMember(command.repository, key);
    }
    case "delete":
      return await store.delete(command.digest as Digest);
    case "lease": {
      const lease = await store.lease();
      leases.set(lease.id, lease);
      return lease.id;
    }
    case "protect":
      return await leases.get(command.lease)!.protect(command.digest as Digest);
    case "release":
      return await leases.get(command.lease)![Symbol.asyncDispose]();
    case "collect":
      return await store.collect();
    case "verify":
      return await store.verify();
    case "read":
      return await readAll(store);
    case "state":
      return await stateOf(store);
    case "steps":
      return Object.fromEntries(steps);
    case "die":
      throw new Error("only a process can die");
    case "close":
      return await store[Symbol.asyncDispose]();
  }
}

function asMember(digest: string): NewMember {
  return { digest: digest as Digest, kind: "blob", note: `${digest.length} letters` };
}

async function readAll(store: AnyStore): Promise<void> {
  for await (const { digest } of store.blobs()) {
    const hash = createHash(digestAlgorithm(digest));
    for await (const piece of store.open(digest)) hash.update(piece);
    const actual = digestFromBytes(digestAlgorithm(digest), hash.digest());
    if (actual !== digest) throw new Error(`${digest} was read as ${actual}`);
  }
}

async function load(
  store: AnyStore,
  command: Command & { readonly op: "load" },
): Promise<Ingested> {
  const { leased = true, via, file, tag } = command;
  await using lease = leased ? await store.lease() : undefined;
  const expected = { links: (command.links ?? []) as Digest[], ...(lease && { lease }) };
  const ingested =
    via === "source"
      ? await loadSource(store, file, expected)
      : await loadStream(store, command, expected);
  if (tag !== undefined) await store.tag(tag, ingested.digest);
  return ingested;
}

async function loadSource(
  store: AnyStore,
  file: string,
  expected: Pick<Expectation, "links" | "lease">,
): Promise<Ingested> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const source: BlobSource = {
    sizeBytes: size,
    read: async (target, at) => (await handle.read(target, 0, target.length, at)).bytesRead,
  };
  return await store.ingestSource(source, expected);
}

async function loadStream(
  store: AnyStore,
  { file, id }: { readonly file: string; readonly id?: string },
  expected: Expectation,
): Promise<Ingested> {
  const bytes = await readFile(file);
  await using writer = await store.ingest(id === undefined ? {} : { id });
  for (let at = writer.sizeBytes; at < bytes.length; at += WRITE_BYTES) {
    await writer.write(bytes.subarray(at, at + WRITE_BYTES));
  }
  return await writer.commit(expected);
}

/** Writes the first half of what is left, and leaves the ingest to be resumed. */
async function writePart(
  store: AnyStore,
  { file, id }: { readonly file: string; readonly id: string },
): Promise<number> {
  const bytes = await readFile(file);
  await using writer = await store.ingest({ id });
  const rest = bytes.subarray(writer.sizeBytes);
  await writer.write(rest.subarray(0, Math.ceil(rest.length / 2)));
  return writer.sizeBytes;
}
