/** Whole numbers from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
const VARINT_MAX_BYTES = 8;

export function putVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
}

/**
 * Reads the number at `at`. Strict, so that a number has one encoding: `undefined` when the bytes end
 * within it, when it is longer than needed, or exceeds 2^53 - 1.
 */
export function getVarint(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let count = 0; count < VARINT_MAX_BYTES; count++) {
    const byte = bytes[at + count];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** count;
    if (byte > 0x7f) continue;
    const isShortest = byte > 0 || count === 0;
    return isShortest && value <= Number.MAX_SAFE_INTEGER
      ? { value, end: at + count + 1 }
      : undefined;
  }
  return undefined;
}
