import { type BlobSource, inflate } from "@shale/content";
import { sourceBytes } from "../staged.ts";

/** What a gzip blob holds, as a source that is read from its begin to its end, and again from the begin. */
export class InflatedSource implements BlobSource {
  readonly sizeBytes: number;
  readonly #source: BlobSource;
  #pieces: AsyncGenerator<Uint8Array, void> | undefined;
  #piece: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(source: BlobSource, sizeBytes: number) {
    this.#source = source;
    this.sizeBytes = sizeBytes;
  }

  /** @throws RangeError for a position that is neither the next one nor the begin */
  async read(target: Uint8Array, positionBytes: number): Promise<number> {
    if (positionBytes === 0) await this.#restart();
    if (positionBytes !== this.#position) {
      throw new RangeError(`read inflated source at ${positionBytes}: it is at ${this.#position}`);
    }
    let filled = 0;
    while (filled < target.length && (await this.#fill())) {
      const taken = this.#piece.subarray(0, target.length - filled);
      target.set(taken, filled);
      this.#piece = this.#piece.subarray(taken.length);
      filled += taken.length;
    }
    this.#position += filled;
    return filled;
  }

  async close(): Promise<void> {
    await this.#pieces?.return();
    this.#pieces = undefined;
  }

  /** Whether there is a byte to take. */
  async #fill(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const next = await this.#pieces?.next();
      if (next === undefined || next.done) return false;
      this.#piece = next.value;
    }
    return true;
  }

  async #restart(): Promise<void> {
    await this.close();
    const whole = { offsetBytes: 0, lengthBytes: this.#source.sizeBytes };
    this.#pieces = inflate("gzip", sourceBytes(this.#source, whole));
    this.#piece = new Uint8Array(0);
    this.#position = 0;
  }
}
