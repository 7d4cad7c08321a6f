import assert from "node:assert/strict";
import type { Lease, Store } from "../../../packages/content/src/index.ts";
import {
  emptyState,
  type MemoryIngest,
  type MemoryState,
} from "../../../packages/content/src/memory/state.ts";
import { openMemoryStore } from "../../../packages/content/src/memory/store.ts";
import type { StoreStep } from "../../../packages/store/src/index.ts";
import type { Command, ProcessOptions } from "./commands.ts";
import { runCommand } from "./run-command.ts";
import { type State, stateOf } from "./state.ts";
import { Died, StoreProcess } from "./store-process.ts";

/** A store on disk in a process of its own, and the memory store that does the same. */
export class Twins implements AsyncDisposable {
  readonly #options: ProcessOptions;
  #process: StoreProcess;
  #memory: Store;
  #memoryState: MemoryState;
  /** Leases that both hold, in the order in which they were taken. */
  readonly #leases: { readonly onDisk: string; readonly inMemory: Lease }[] = [];

  private constructor(options: ProcessOptions, process: StoreProcess) {
    this.#options = options;
    this.#process = process;
    this.#memoryState = emptyState();
    this.#memory = openMemoryStore(this.#memoryState);
  }

  static async start(options: ProcessOptions): Promise<Twins> {
    return new Twins(options, await StoreProcess.start(options));
  }

  /** Both do it, answer the same, and look the same afterwards. */
  async run(command: Command): Promise<void> {
    const onDisk = await answerOf(this.#process.call(command));
    const inMemory = await answerOf(this.#remember(command));
    const isUnread = (onDisk as { encoding?: unknown } | undefined)?.encoding === "unread";
    const [own, other] = [essence(command, onDisk), essence(command, inMemory)];
    assert.deepEqual(own, isUnread ? { ...(other as object), ...UNREAD } : other);
    await this.#assertSame();
  }

  async takeLease(): Promise<void> {
    const onDisk = await this.#process.call({ op: "lease" });
    this.#leases.push({ onDisk, inMemory: await this.#memory.lease() });
  }

  async protect(
    lease: number,
    digest: Extract<Command, { op: "protect" }>["digest"],
  ): Promise<void> {
    const held = this.#leases[lease % Math.max(1, this.#leases.length)];
    if (held === undefined) return;
    const command = { op: "protect", lease: held.onDisk, digest } as const;
    const inMemory = await held.inMemory.protect(digest as Parameters<Lease["protect"]>[0]);
    assert.equal(await this.#process.call(command), inMemory);
  }

  async releaseLease(): Promise<void> {
    const held = this.#leases.shift();
    if (held === undefined) return;
    await this.#process.call({ op: "release", lease: held.onDisk });
    await held.inMemory[Symbol.asyncDispose]();
  }

  async reopen(): Promise<void> {
    await this.#process.close();
    await this.#start();
  }

  async crash(): Promise<void> {
    await this.#process.kill();
    await this.#start();
  }

  /** The process dies at a step of the command, if it comes to it: the command was done, or it was not. */
  async crashIn(command: Command, at: { step: StoreStep; occurrence: number }): Promise<void> {
    await this.#process.call({ op: "die", ...at });
    const outcome = await answerOf(this.#process.call(command));
    const before = copyOf(this.#memoryState);
    await answerOf(this.#remember(command));
    await this.#process.kill();
    this.#process = await StoreProcess.start(this.#options);
    const state = (await this.#process.call({ op: "state" })) as State;
    if (outcome instanceof Died && !isSame(state, await stateOf(this.#memory))) {
      this.#memoryState = before;
    }
    this.#reopenMemory();
    await this.#assertSame();
    if ("id" in command) await this.#forgetPart(command.id as string);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    this.#process = await StoreProcess.start(this.#options);
    this.#reopenMemory();
    await this.#assertSame();
  }

  /** Leases and writers end with the process that holds them. */
  #reopenMemory(): void {
    this.#leases.length = 0;
    this.#memoryState.leases.clear();
    for (const ingest of this.#memoryState.ingests.values()) ingest.holder = undefined;
    this.#memory = openMemoryStore(this.#memoryState);
  }

  async #remember(command: Command): Promise<unknown> {
    const context = { store: this.#memory, steps: new Map(), leases: new Map<string, Lease>() };
    return await runCommand(context, command);
  }

  /** How much of a part was written when the process died cannot be known. */
  async #forgetPart(id: string): Promise<void> {
    await answerOf(this.#process.call({ op: "abort", id }));
    await answerOf(this.#remember({ op: "abort", id }));
  }

  async #assertSame(): Promise<void> {
    const state = (await this.#process.call({ op: "state" })) as State;
    assert.deepEqual(state, await stateOf(this.#memory));
  }
}

/** What a store says of a compressed stream that it leaves for later. */
const UNREAD = { encoding: "unread", diffId: undefined };

async function answerOf(work: Promise<unknown>): Promise<unknown> {
  return await work.catch((error: unknown) => error);
}

/** What two stores that keep things differently answer alike. */
function essence(command: Command, answer: unknown): unknown {
  if (answer instanceof Error) {
    const { code, message } = answer as { code?: string; message: string };
    return code ?? message;
  }
  if (command.op === "load") {
    const { status, digest, sizeBytes, encoding, diffId, newBytes } = answer as Record<
      string,
      unknown
    >;
    return {
      status,
      digest,
      sizeBytes,
      encoding,
      diffId,
      isFree: newBytes === 0 || status === "stored",
    };
  }
  // Memory has nothing to settle.
  if (command.op === "settle") return undefined;
  if (command.op === "collect") return (answer as { blobs: number }).blobs;
  if (command.op === "verify") return (answer as { errors: unknown }).errors;
  return answer;
}

function copyOf({ blobs, tags, members, ingests, leases, hints }: MemoryState): MemoryState {
  const copyIngest = (ingest: MemoryIngest): MemoryIngest => ({
    ...ingest,
    pieces: [...ingest.pieces],
  });
  return {
    blobs: new Map(blobs),
    tags: new Map(tags),
    members: new Map(members),
    ingests: new Map([...ingests].map(([id, ingest]) => [id, copyIngest(ingest)])),
    leases: new Map(leases),
    hints: new Map(hints),
  };
}

function isSame(one: State, other: State): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
