import { InflateError } from "../inflate/errors.ts";

/** Bytes of a known number that come in pieces. */
export class Output {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isFull(): boolean {
    return this.#position === this.#bytes.length;
  }

  /** @throws InflateError `RECIPE_MISMATCH` when there is no room for them */
  readonly put = (bytes: Uint8Array): void => {
    this.#bytes.set(bytes, this.#take(bytes.length));
  };

  /** Takes of the bytes what there is room for. */
  readonly putFirst = (bytes: Uint8Array): void => {
    this.put(bytes.subarray(0, this.#bytes.length - this.#position));
  };

  /** The next bytes, to be put by somebody else. */
  part(sizeBytes: number): Output {
    const start = this.#take(sizeBytes);
    return new Output(this.#bytes.subarray(start, start + sizeBytes));
  }

  #take(sizeBytes: number): number {
    const start = this.#position;
    if (start + sizeBytes > this.#bytes.length) {
      const message = `make gzip blob: more than ${this.#bytes.length} bytes come out`;
      throw new InflateError("RECIPE_MISMATCH", message);
    }
    this.#position += sizeBytes;
    return start;
  }
}
