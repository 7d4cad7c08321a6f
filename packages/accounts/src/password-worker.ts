import { parentPort } from "node:worker_threads";
import { compareSync } from "bcryptjs";

/** What crosses to the thread: it takes as long as the hash says, and nobody else shall wait for that. */
export interface PasswordJob {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

export interface PasswordVerdict {
  readonly id: number;
  readonly isRight: boolean;
}

parentPort?.on("message", ({ id, password, hash }: PasswordJob) => {
  const verdict: PasswordVerdict = { id, isRight: compareSync(password, hash) };
  parentPort?.postMessage(verdict);
});
