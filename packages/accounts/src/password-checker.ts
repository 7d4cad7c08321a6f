import { createHmac, randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { PasswordVerdict } from "./password-worker.ts";

/** Sources run as .ts, the published package as .js. */
const EXTENSION: string = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/** Passwords that wait for their turn. Each costs a tenth of a second or so: who comes then is to come again. */
const WAITING = 32;
/** A client sends its password with every request, hundreds in one push. */
const REMEMBERED = 1000;
const REMEMBERED_MS = 5 * 60_000;

/** `busy` when so many wait that nobody can say now. */
export type Verdict = "right" | "wrong" | "busy";

/**
 * Compares passwords with bcrypt hashes, in a thread of its own, one after the other. Right ones are remembered for a while, by a
 * hash with a key that only this process has, made of the stored hash, too: a password that is changed is forgotten with it.
 */
export class PasswordChecker implements AsyncDisposable {
  readonly #key = randomBytes(32);
  /** Until when, by their hashes. The one used last is the last one. */
  readonly #right = new Map<string, number>();
  readonly #waiting = new Map<number, (isRight: boolean) => void>();
  readonly #nowMs: () => number;
  #worker: Worker | undefined;
  #nextId = 0;

  constructor(options: { readonly nowMs?: () => number } = {}) {
    this.#nowMs = options.nowMs ?? Date.now;
  }

  async check(password: string, hash: string): Promise<Verdict> {
    const mark = createHmac("sha256", this.#key).update(`${hash}\n${password}`).digest("base64");
    if (this.#isRemembered(mark)) return "right";
    if (this.#waiting.size >= WAITING) return "busy";
    if (!(await this.#compare(password, hash))) return "wrong";
    this.#remember(mark);
    return "right";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }

  #isRemembered(mark: string): boolean {
    const untilMs = this.#right.get(mark);
    this.#right.delete(mark);
    if (untilMs === undefined || untilMs <= this.#nowMs()) return false;
    this.#right.set(mark, untilMs);
    return true;
  }

  #remember(mark: string): void {
    this.#right.set(mark, this.#nowMs() + REMEMBERED_MS);
    for (const oldest of this.#right.keys()) {
      if (this.#right.size <= REMEMBERED) return;
      this.#right.delete(oldest);
    }
  }

  async #compare(password: string, hash: string): Promise<boolean> {
    this.#worker ??= this.#start();
    const id = this.#nextId++;
    const verdict = new Promise<boolean>((resolve) => this.#waiting.set(id, resolve));
    // It keeps the process alive while somebody waits for it.
    this.#worker.ref();
    this.#worker.postMessage({ id, password, hash });
    return await verdict;
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./password-worker${EXTENSION}`, import.meta.url));
    worker.on("message", ({ id, isRight }: PasswordVerdict) => {
      this.#waiting.get(id)?.(isRight);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    });
    // A thread that died lets nobody in; the next one who comes has another one started.
    const end = (): void => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const resolve of this.#waiting.values()) resolve(false);
      this.#waiting.clear();
    };
    worker.on("error", end);
    worker.on("exit", end);
    return worker;
  }
}
