import {
  type BlobEncoding,
  type DiffId,
  digestAsDiffId,
  digestFromBytes,
  inflate,
  LIMITS,
} from "@shale/content";
import { createDigester, type Digester } from "@shale/hash";
import { GUESS_BYTES, startsTar } from "./recognise.ts";

export interface Inflated {
  readonly encoding: BlobEncoding;
  readonly diffId: DiffId;
  readonly uncompressedBytes: number;
}

/**
 * How much comes out is compared with what went in at every multiple of this: how the stream was cut into writes must not
 * decide what it is.
 */
const JUDGED_BYTES = 64 * 1024;

/** Bytes handed over by `write`, and what tells the writer that they were taken. */
interface Handover {
  readonly bytes: Uint8Array;
  readonly taken: () => void;
}

/**
 * Follows a compressed stream as it is written, and finds the digest of what is in it. A stream that is damaged,
 * cut short, or larger than the limits inside is no error: the blob is opaque, and nobody waits for the rest.
 */
export class InflatePass {
  readonly #algorithm: "gzip" | "zstd";
  readonly #digester: Digester = createDigester("sha256");
  readonly #head = new Uint8Array(GUESS_BYTES);
  #inBytes = 0;
  #outBytes = 0;
  #over = false;
  #handover: Handover | undefined;
  #closed = false;
  #wake: () => void = () => {};
  /** Whether the stream was whole. */
  readonly #done: Promise<boolean>;
  #inflated: Promise<Inflated | undefined> | undefined;

  constructor(algorithm: "gzip" | "zstd") {
    this.#algorithm = algorithm;
    this.#done = this.#run();
  }

  /** Takes the bytes; they may be reused when it resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0 && !this.#over; ) {
      const piece = rest.subarray(0, JUDGED_BYTES - (this.#inBytes % JUDGED_BYTES));
      rest = rest.subarray(piece.length);
      this.#inBytes += piece.length;
      await new Promise<void>((taken) => {
        this.#handover = { bytes: piece, taken };
        this.#wake();
      });
    }
  }

  /** What was inside; `undefined` when the stream was not whole. */
  finish(): Promise<Inflated | undefined> {
    this.#inflated ??= this.#finish();
    return this.#inflated;
  }

  async #finish(): Promise<Inflated | undefined> {
    this.#closed = true;
    this.#wake();
    if (!(await this.#done)) return undefined;
    const isTar = startsTar(this.#head.subarray(0, Math.min(this.#outBytes, GUESS_BYTES)));
    return {
      encoding: isTar ? `tar+${this.#algorithm}` : this.#algorithm,
      diffId: digestAsDiffId(digestFromBytes("sha256", this.#digester.digest())),
      uncompressedBytes: this.#outBytes,
    };
  }

  async #run(): Promise<boolean> {
    try {
      for await (const bytes of inflate(this.#algorithm, this.#handedOver())) {
        this.#take(bytes);
        if (this.#isBomb) return false;
      }
      return true;
    } catch {
      return false;
    } finally {
      this.#over = true;
      this.#handover?.taken();
    }
  }

  async *#handedOver(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { bytes, taken } = this.#handover ?? {};
      if (bytes) {
        yield bytes;
        this.#handover = undefined;
        taken?.();
      } else if (this.#closed) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #take(bytes: Uint8Array): void {
    if (this.#outBytes < GUESS_BYTES) {
      this.#head.set(bytes.subarray(0, GUESS_BYTES - this.#outBytes), this.#outBytes);
    }
    this.#outBytes += bytes.length;
    this.#digester.update(bytes);
  }

  get #isBomb(): boolean {
    if (this.#outBytes > LIMITS.inflateTotalBytes) return true;
    const isLarge = this.#outBytes > LIMITS.inflateRatioFloorBytes;
    const judgedBytes = Math.ceil(this.#inBytes / JUDGED_BYTES) * JUDGED_BYTES;
    return isLarge && this.#outBytes > judgedBytes * LIMITS.inflateRatio;
  }
}
