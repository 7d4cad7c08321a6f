/** Whole numbers in as few bytes as they need: LEB128, seven bits a byte, the lowest first. */

const MORE = 0x80;
const BITS = 0x7f;

/** 2^53 - 1 takes eight bytes. */
const VARINT_MAX_BYTES = 8;

/** Collects varints in a buffer that grows. */
export class VarintWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  get sizeBytes(): number {
    return this.#length;
  }

  /** `value` from 0 to 2^53 - 1. */
  write(value: number): void {
    if (this.#bytes.length - this.#length < VARINT_MAX_BYTES) this.#grow();
    let rest = value;
    while (rest > BITS) {
      this.#bytes[this.#length++] = (rest & BITS) | MORE;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(): void {
    const bytes = new Uint8Array(2 * this.#bytes.length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

/** Reads varints one after the other. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Where the next one begins. */
  get at(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /**
   * Strict, so that a number has one encoding: `undefined` when the bytes end within a varint, when
   * it is longer than it needs to be, or exceeds 2^53 - 1.
   */
  read(): number | undefined {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < VARINT_MAX_BYTES; count++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return undefined;
      this.#at++;
      value += (byte & BITS) * scale;
      if (byte < MORE) {
        const isShortest = byte > 0 || count === 0;
        return isShortest && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
      }
      scale *= 128;
    }
    return undefined;
  }
}

/**
 * Signed numbers as unsigned ones, small when they are close to zero: 0, -1, 1, -2 … become 0, 1,
 * 2, 3 …
 */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** The inverse of {@link zigzag}. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
