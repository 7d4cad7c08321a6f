import { InflateError } from "../inflate/errors.ts";
import { getVarint } from "../inflate/varint.ts";

/** Reads what a `ByteWriter` wrote. Every method throws InflateError `RECIPE_INVALID` when the bytes are something else. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** A byte below `limit`. */
  byte(limit: number): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined || byte >= limit) throw this.invalid("byte");
    this.#at += 1;
    return byte;
  }

  /** At most `max`. */
  varint(max: number = Number.MAX_SAFE_INTEGER): number {
    const read = getVarint(this.#bytes, this.#at);
    if (read === undefined || read.value > max) throw this.invalid("number");
    this.#at = read.end;
    return read.value;
  }

  /** A number of things of which each takes at least a byte. */
  count(): number {
    return this.varint(this.#bytes.length - this.#at);
  }

  sized(): Uint8Array {
    const length = this.count();
    if (this.#at + length > this.#bytes.length) throw this.invalid("length");
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  invalid(what: string, cause?: unknown): InflateError {
    const message = `decode gzip recipe: invalid ${what} at byte ${this.#at} of ${this.#bytes.length}`;
    return new InflateError("RECIPE_INVALID", message, cause === undefined ? {} : { cause });
  }
}
