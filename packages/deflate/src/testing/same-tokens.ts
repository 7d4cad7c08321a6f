/** Whether two lists of tokens are the same. Compared item by item by a test runner, they take longer than to make. */
export function sameTokens(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return Buffer.from(Uint32Array.from(a).buffer).equals(Buffer.from(Uint32Array.from(b).buffer));
}
