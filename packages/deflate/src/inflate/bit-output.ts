const BUFFER_BYTES = 16 * 1024;

/** Bits that are there before the first block of a part. */
export interface FirstBits {
  /** At most {@link FIRST_BITS_MAX}. */
  readonly count: number;
  readonly bits: number;
}

/** Those of a byte that is not full, and the end of a block that its encoder left to the next one. */
export const FIRST_BITS_MAX = 24;

export const NO_BITS: FirstBits = { count: 0, bits: 0 };

/** The bits from the begin of `bytes` up to, at most, {@link FIRST_BITS_MAX} of them. */
export function firstBits(bytes: Uint8Array, count: number): FirstBits {
  let bits = 0;
  for (let at = 0; at * 8 < count; at++) bits |= bytes[at]! << (at * 8);
  return { count, bits: bits & ((1 << count) - 1) };
}

/** Collects bits, the first one lowest, and hands out whole bytes. */
export class BitOutput {
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #length = 0;
  /** Fewer than eight bits that make no byte yet. */
  #bits = 0;
  #bitCount = 0;

  /** `emit` gets views that are valid during the call. */
  constructor(emit: (bytes: Uint8Array) => void, { count, bits }: FirstBits = NO_BITS) {
    this.#emit = emit;
    for (let at = 0; at < count; at += 8)
      this.putBits((bits >>> at) & 0xff, Math.min(8, count - at));
  }

  /** Bits that are missing to the next byte boundary. */
  get paddingBits(): number {
    return -this.#bitCount & 7;
  }

  /** At most 16 bits; `value` has no others. */
  putBits(value: number, count: number): void {
    let bits = this.#bits | (value << this.#bitCount);
    let bitCount = this.#bitCount + count;
    for (; bitCount >= 8; bitCount -= 8, bits >>>= 8) {
      if (this.#length === BUFFER_BYTES) this.flush();
      this.#buffer[this.#length++] = bits;
    }
    this.#bits = bits;
    this.#bitCount = bitCount;
  }

  /** At a byte boundary. */
  putBytes(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#length === BUFFER_BYTES) this.flush();
      const piece = bytes.subarray(at, at + BUFFER_BYTES - this.#length);
      this.#buffer.set(piece, this.#length);
      this.#length += piece.length;
      at += piece.length;
    }
  }

  /** Hands out the whole bytes. */
  flush(): void {
    if (this.#length > 0) this.#emit(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
