/** How the encoder that is imitated searches and decides; see `assembly/predict/parameters.ts`. */
export interface Parameters {
  readonly hashBytes: number;
  readonly hashBits: number;
  /** 0 stands for zlib's hash. */
  readonly multiplier: number;
  readonly hasShortTable: boolean;
  readonly depth: number;
  readonly good: number;
  readonly nice: number;
  readonly reach: number;
  readonly laziness: number;
  readonly lazy: number;
  readonly shortReach: number;
  readonly isLengthFirst: boolean;
  readonly insertLength: number;
  readonly insertFront: number;
  readonly insertBack: number;
}

/** How each one is stored: little-endian numbers of so many bytes, in this order, and their limits. */
const FIELDS: readonly (readonly [keyof Parameters, number, number, number])[] = [
  ["hashBytes", 1, 3, 4],
  ["hashBits", 1, 8, 16],
  ["multiplier", 4, 0, 0xffff_ffff],
  ["hasShortTable", 1, 0, 1],
  ["depth", 2, 1, 4096],
  ["good", 2, 0, 512],
  ["nice", 2, 3, 512],
  ["reach", 2, 1, 32_768],
  ["laziness", 1, 0, 2],
  ["lazy", 2, 0, 512],
  ["shortReach", 2, 0, 32_768],
  ["isLengthFirst", 1, 0, 1],
  ["insertLength", 2, 0, 258],
  ["insertFront", 2, 0, 258],
  ["insertBack", 2, 0, 258],
];

const FLAGS: ReadonlySet<keyof Parameters> = new Set(["hasShortTable", "isLengthFirst"] as const);

export const PARAMETERS_BYTES: number = FIELDS.reduce((sum, [, bytes]) => sum + bytes, 0);

export function putParameters(bytes: Uint8Array, parameters: Parameters): void {
  let at = 0;
  for (const [name, size] of FIELDS) {
    let rest = Number(parameters[name]);
    for (const end = at + size; at < end; at++, rest = Math.floor(rest / 256)) bytes[at] = rest;
  }
}

/** `undefined` when they are none that an encoder may have. */
export function getParameters(bytes: Uint8Array): Parameters | undefined {
  const found: Record<string, number | boolean> = {};
  let at = 0;
  for (const [name, size, least, most] of FIELDS) {
    let value = 0;
    for (let index = size - 1; index >= 0; index--) value = value * 256 + bytes[at + index]!;
    if (value < least || value > most) return undefined;
    found[name] = FLAGS.has(name) ? value === 1 : value;
    at += size;
  }
  return found as unknown as Parameters;
}
