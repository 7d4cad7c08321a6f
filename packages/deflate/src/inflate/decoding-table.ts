import { CODE_MAX_BITS, canonicalCodes } from "./codes.ts";

/** Codes of up to so many bits are found at once; the table stays within a first-level cache. */
const ROOT_BITS = 10;
export const ROOT_MASK: number = (1 << ROOT_BITS) - 1;

/**
 * Finds the symbol that bits begin with. An entry is `symbol << 4 | bits of its code`, and 0 where
 * there is none.
 */
export class DecodingTable {
  /** By the next {@link ROOT_MASK} bits; 0 also where the code is longer. */
  readonly root: Uint16Array = new Uint16Array(1 << ROOT_BITS);
  readonly #counts = new Uint16Array(CODE_MAX_BITS + 1);
  #symbols: Uint16Array = new Uint16Array(0);

  /** Of lengths that make an accepted code. */
  constructor(lengths: Uint8Array) {
    const codes = canonicalCodes(lengths);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol]!;
      if (length === 0) continue;
      this.#counts[length]!++;
      if (length <= ROOT_BITS) this.#fillRoot(codes[symbol]!, (symbol << 4) | length);
    }
    this.#sortSymbols(lengths);
  }

  /** The symbol of any code, bit by bit: `bits` holds the next 15. */
  find(bits: number): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= CODE_MAX_BITS; length++) {
      code = (code << 1) | ((bits >>> (length - 1)) & 1);
      first <<= 1;
      const count = this.#counts[length]!;
      if (code - first < count) return (this.#symbols[index + code - first]! << 4) | length;
      index += count;
      first += count;
    }
    return 0;
  }

  #fillRoot(code: number, entry: number): void {
    const step = 1 << (entry & 15);
    for (let at = code; at <= ROOT_MASK; at += step) this.root[at] = entry;
  }

  /** In the order of their codes: by length, then by symbol. */
  #sortSymbols(lengths: Uint8Array): void {
    const next = new Uint16Array(CODE_MAX_BITS + 2);
    for (let bits = 1; bits <= CODE_MAX_BITS; bits++)
      next[bits + 1] = next[bits]! + this.#counts[bits]!;
    this.#symbols = new Uint16Array(lengths.length);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol]!;
      if (length > 0) this.#symbols[next[length]!++] = symbol;
    }
  }
}
