/** Powers of 1000, and of 1024 with an `i`. */
const PREFIXES = "kmgtp";

/**
 * Bytes as docker takes them: a number, whole or not, and a unit in any case: `500MB`, `1.5g`, `2 GiB`. Nothing when the text
 * is none, or more than can be counted.
 */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,9})?) ?(?:([kmgtp])(i?))?b?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, number, prefix = "", binary] = match;
  const power = prefix === "" ? 0 : PREFIXES.indexOf(prefix.toLowerCase()) + 1;
  const bytes = Math.floor(Number(number) * (binary ? 1024 : 1000) ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
