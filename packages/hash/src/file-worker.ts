import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import {
  AVAILABLE,
  type Bell,
  DROPPED,
  END,
  type FollowedAnswer,
  type FollowedFile,
} from "./followed-file.ts";
import { RangeSums } from "./range-sums.ts";

/*
 * The thread behind `FileDigester`: takes the next piece of the oldest file that has one, so that whoever waits for several has the
 * first of them early, and sleeps when there is none.
 */

const PIECE_BYTES = 1024 * 1024;

/** "over": it is answered. */
type Step = "worked" | "waits" | "over";

class Follower {
  readonly #file: FollowedFile;
  readonly #sha256 = createHash("sha256");
  readonly #sums = new RangeSums();
  #position = 0;

  constructor(file: FollowedFile) {
    this.#file = file;
  }

  get isDropped(): boolean {
    return Atomics.load(this.#file.extent, END) === DROPPED;
  }

  step(room: Uint8Array): Step {
    const { id, fd, extent } = this.#file;
    // The end first: it is told after all that is there.
    const end = Atomics.load(extent, END);
    const thereBytes = Number(Atomics.load(extent, AVAILABLE)) - this.#position;
    if (thereBytes === 0 && BigInt(this.#position) !== end) return "waits";
    if (thereBytes === 0) {
      const digest = { sha256: this.#sha256.digest(), rangeSums: this.#sums.finish() };
      return answer({ id, digest });
    }
    const readBytes = readSync(fd, room, 0, Math.min(thereBytes, room.length), this.#position);
    if (readBytes === 0) throw new RangeError(`digest file: it ends at ${this.#position}`);
    this.#sha256.update(room.subarray(0, readBytes));
    this.#sums.update(room.subarray(0, readBytes));
    this.#position += readBytes;
    return "worked";
  }
}

function answer(answer: FollowedAnswer): "over" {
  parentPort!.postMessage(answer);
  return "over";
}

function run(bell: Bell): void {
  const followers = new Map<number, Follower>();
  const room = new Uint8Array(PIECE_BYTES);
  const step = (id: number, follower: Follower): Step => {
    try {
      return follower.step(room);
    } catch (failure) {
      return answer({ id, failure });
    }
  };
  for (;;) {
    const rung = Atomics.load(bell, 0);
    for (
      let got = receiveMessageOnPort(parentPort!);
      got;
      got = receiveMessageOnPort(parentPort!)
    ) {
      const file = got.message as FollowedFile;
      followers.set(file.id, new Follower(file));
    }
    // Whoever dropped a file waits to close it.
    for (const [id, { isDropped }] of followers) {
      if (!isDropped) continue;
      followers.delete(id);
      answer({ id });
    }
    let state: Step = "waits";
    for (const [id, follower] of followers) {
      state = step(id, follower);
      if (state === "over") followers.delete(id);
      if (state !== "waits") break;
    }
    if (state === "waits") Atomics.wait(bell, 0, rung);
  }
}

run(workerData as Bell);
