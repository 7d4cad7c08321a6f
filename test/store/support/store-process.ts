import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Ingested, VerifyReport } from "../../../packages/content/src/index.ts";
import type { StoreStep } from "../../../packages/store/src/index.ts";
import { type Answer, type Command, type ProcessOptions, STOPPED } from "./commands.ts";

const MAIN = join(import.meta.dirname, "child-main.ts");
const COMPILE_CACHE = join(import.meta.dirname, "../../../node_modules/.cache/store-process");

/** What a command answers, where that is looked at. */
interface Values {
  readonly load: Ingested;
  readonly generate: Ingested;
  readonly write: number;
  readonly delete: boolean;
  readonly untag: boolean;
  readonly lease: string;
  readonly protect: boolean;
  readonly verify: VerifyReport;
  readonly steps: Partial<Record<StoreStep, number>>;
}

type ValueOf<C extends Command> = C["op"] extends keyof Values ? Values[C["op"]] : unknown;

/** A command that a process refused; the code is that of the store's error. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The process ended before it answered. */
export class Died extends Error {}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Another process with the store open. */
export class StoreProcess implements AsyncDisposable {
  readonly exited: Promise<Exit>;
  /** Resolves when the process stops itself. */
  readonly stopped: Promise<void>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>();
  #lastId = 0;
  #hasEnded = false;
  #stderr = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr!.on("data", (text) => {
      this.#stderr += String(text);
    });
    // Writes to a process that is gone are met as missing answers.
    child.stdin!.on("error", () => {});
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const answer = JSON.parse(line) as { id: number } & Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.stopped = this.#answer(STOPPED).then(() => {});
    this.stopped.catch(() => {});
    this.exited = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        this.#hasEnded = true;
        for (const answer of this.#waiting.values()) answer(undefined);
        resolve({ code, signal });
      });
    });
  }

  /** Resolves when the store is open. @throws Refused, Died */
  static async start(options: ProcessOptions, spawning: SpawnOptions = {}): Promise<StoreProcess> {
    const child = spawn(process.execPath, [MAIN, JSON.stringify(options)], {
      stdio: "pipe",
      ...spawning,
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
    });
    const started = new StoreProcess(child);
    await started.#answer(0);
    return started;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What the process wrote to its standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** @throws Refused, Died */
  async call<C extends Command>(command: C): Promise<ValueOf<C>> {
    const id = ++this.#lastId;
    const answer = this.#answer(id);
    this.#child.stdin!.write(`${JSON.stringify({ id, command })}\n`);
    return (await answer) as ValueOf<C>;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Kills the process, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  /** Closes the store and ends the process. */
  async close(): Promise<void> {
    await this.call({ op: "close" });
    this.#child.stdin!.end();
    await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #answer(id: number): Promise<unknown> {
    const answer = this.#hasEnded
      ? undefined
      : await new Promise<Answer | undefined>((resolve) => this.#waiting.set(id, resolve));
    if (answer === undefined) throw new Died(`store process ended: ${this.#stderr.slice(0, 2000)}`);
    if (answer.ok) return answer.value;
    throw new Refused(answer.code, answer.message);
  }
}
