/**
 * What the splitter rolls over content: FastCDC (Xia et al., USENIX ATC '16; IEEE TPDS 2020) with a
 * gear of 64 bits.
 *
 *     fingerprint ← fingerprint × 2 + GEARS[next byte]     (mod 2^64)
 *
 * Bit k of the fingerprint depends on the last k + 1 bytes. A chunk ends after the byte that leaves
 * all bits of a mask zero. Everything here is part of a store's format: another table or mask cuts
 * elsewhere, and shares nothing with what is stored.
 */
import { hash } from "node:crypto";
import type { ChunkSizes } from "./sizes.ts";

/** One for each value of a byte. */
export const GEAR_COUNT = 256;

/** 64 bits as two unsigned halves, since JavaScript's numbers hold 53. */
export interface Mask {
  readonly high: number;
  readonly low: number;
}

export interface Masks {
  /** Before the average size: more bits, fewer cuts. */
  readonly strict: Mask;
  /** From the average size on: fewer bits, more cuts. */
  readonly loose: Mask;
}

/**
 * Normalised chunking, level 2: four times fewer cuts before the average size, four times more
 * after it. This is the level that the paper settles on.
 */
const NORMALISATION_BITS = 2;

let gears: Uint32Array | undefined;

/**
 * The 256 gears: gear i is the first eight bytes, as a little-endian number, of the SHA-256 of the
 * one byte i. As 512 words, the lower half of each gear first.
 */
export function gearWords(): Uint32Array {
  if (gears !== undefined) return gears;
  gears = new Uint32Array(2 * GEAR_COUNT);
  for (let i = 0; i < GEAR_COUNT; i++) {
    const digest = hash("sha256", Uint8Array.of(i), "buffer");
    gears[2 * i] = digest.readUInt32LE(0);
    gears[2 * i + 1] = digest.readUInt32LE(4);
  }
  return gears;
}

export function masksFor({ averageBytes }: ChunkSizes): Masks {
  const bits = Math.log2(averageBytes);
  return {
    strict: spreadMask(bits + NORMALISATION_BITS),
    loose: spreadMask(bits - NORMALISATION_BITS),
  };
}

/**
 * Where mask bits may be: from here up, so that a cut depends on 31 bytes at least, on 64 at most.
 */
const MASK_LOWEST_BIT = 30;
const MASK_POSITIONS = 64 - MASK_LOWEST_BIT;

/** With 34 positions a step by the golden ratio: both are Fibonacci numbers. */
const MASK_STEP = 21;

/**
 * A mask of `bits` bits, spread as the paper advises. Stepping by the golden ratio keeps any number
 * of bits apart, and makes a looser mask part of a stricter one: what cuts strictly also cuts
 * loosely, so that after an edit it does not matter on which side of the average size a cut falls.
 */
function spreadMask(bits: number): Mask {
  let high = 0;
  let low = 0;
  for (let i = 0; i < bits; i++) {
    const position = 63 - ((i * MASK_STEP) % MASK_POSITIONS);
    if (position >= 32) high |= 1 << (position - 32);
    else low |= 1 << position;
  }
  return { high: high >>> 0, low: low >>> 0 };
}
