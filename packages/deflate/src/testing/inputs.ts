/**
 * Inputs that are the same everywhere, for comparing encoders with the real tools: their digests
 * are committed, so a generator never changes.
 */

/** Around the limits of windows, blocks and chunks. */
export const INPUT_SIZES: readonly number[] = [
  ...[0, 1, 2, 3, 4, 5, 12, 13, 16, 17, 31, 32, 33, 100, 127, 128, 129, 255, 256, 1024, 1025],
  ...[16384, 32767, 32768, 32769, 65274, 65275, 65400, 65500, 65534, 65535, 65536, 65537, 65547],
  ...[65600, 65662, 65663, 65664, 98304, 131069, 131070, 131071, 131072, 131200, 196605, 262144],
  ...[1048575, 1048576, 1048577, 1064960, 1081344, 2097152, 2097153],
];

type Fill = (bytes: Uint8Array, next: () => number) => void;

const WORDS =
  "layer image chunk store digest blob usr lib share doc python node bin etc root wheel index " +
  "function return const import from package version license description the of and to in is";

const FILLS: Readonly<Record<string, Fill>> = {
  tar: fillTar,
  zeros: (bytes) => bytes.fill(0),
  random: (bytes, next) => fillEach(bytes, () => next() >>> 24),
  few: (bytes, next) => fillEach(bytes, () => 97 + ((next() >>> 16) % (2 + (bytes.length % 5)))),
  skewed: (bytes, next) => fillEach(bytes, () => skewed(next)),
  copies: fillCopies,
  mixed: fillMixed,
};

export const INPUT_KINDS: readonly string[] = Object.keys(FILLS);

/** `size` bytes of a kind of `INPUT_KINDS`. */
export function makeInput(kind: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  FILLS[kind]!(bytes, random(size + 1));
  return bytes;
}

/** Numbers of 32 bits from Marsaglia's xorshift; the high bits are the better ones. */
function random(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.imul(state, 0x2c1b3c6d) >>> 0;
  };
}

function fillEach(bytes: Uint8Array, byte: () => number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = byte();
}

/** Few values are frequent, so a code pays, but hardly any string comes twice. */
function skewed(next: () => number): number {
  const a = next() >>> 24;
  const b = next() >>> 24;
  return (a * b) >>> 8;
}

/** Text and binary records in turn, each behind a header of mostly zeros, as in an archive. */
function fillTar(bytes: Uint8Array, next: () => number): void {
  const words = WORDS.split(" ");
  for (let at = 0; at < bytes.length; ) {
    const bodyEnd = at + 512 + ((next() >>> 16) % 9000);
    at = putText(bytes, at, `${words[next() % words.length]!}/${next() % 1000}\0`);
    at += 400;
    const binary = next() % 3 === 0;
    while (at < bodyEnd && at < bytes.length) {
      if (binary) {
        bytes.set([next() % 7, 0, next() >>> 24, next() % 32].slice(0, bytes.length - at), at);
        at += 4;
      } else {
        at = putText(bytes, at, words[next() % words.length]! + (next() % 9 === 0 ? "\n" : " "));
      }
    }
    at = Math.ceil(at / 512) * 512;
  }
}

function putText(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length && at < bytes.length; i++) bytes[at++] = text.charCodeAt(i);
  return at;
}

/** Copies from at most 40,000 bytes before, between noise: at and beyond every window's reach. */
function fillCopies(bytes: Uint8Array, next: () => number): void {
  for (let at = 0; at < bytes.length; ) {
    const noise = 1 + ((next() >>> 16) % 24);
    for (let i = 0; i < noise && at < bytes.length; i++) bytes[at++] = next() >>> 24;
    const distance = 1 + ((next() >>> 8) % 40_000);
    const length = (next() >>> 16) % (next() % 8 === 0 ? 700 : 20);
    if (distance > at) continue;
    for (let i = 0; i < length && at < bytes.length; i++, at++) bytes[at] = bytes[at - distance]!;
  }
}

/** Another kind every 65,535 bytes, or twice within: codes that serve again, or do not. */
function fillMixed(bytes: Uint8Array, next: () => number): void {
  const kinds = Object.keys(FILLS).filter((kind) => kind !== "mixed");
  for (let at = 0; at < bytes.length; ) {
    const size = next() % 4 === 0 ? 1 + ((next() >>> 8) % 65_535) : 65_535;
    const part = bytes.subarray(at, at + size);
    FILLS[kinds[next() % kinds.length]!]!(part, next);
    at += size;
  }
}
