import { createHash } from "node:crypto";
import { INPUT_KINDS, INPUT_SIZES, makeInput } from "./inputs.ts";

/** Inputs whose bodies have one digest together. */
export interface InputGroup {
  readonly name: string;
  readonly kind: string;
  readonly sizes: readonly number[];
}

const SMALL_MAX_BYTES = 131_072;

/** For every encoder. `mixed` alone also has the sizes around pgzip's blocks. */
export const INPUT_GROUPS: readonly InputGroup[] = [
  ...INPUT_KINDS.map((kind) => ({
    name: kind,
    kind,
    sizes: INPUT_SIZES.filter((size) => size <= SMALL_MAX_BYTES || kind === "mixed"),
  })),
  // Found by search: classes D and E choose different blocks here, at level 5 or 6.
  { name: "ties", kind: "few", sizes: [133_256, 136_771, 151_053, 174_696] },
];

/** Long enough for positions to be moved down, which classes do not differ in. */
export const LONG_GROUP: InputGroup = { name: "long", kind: "tar", sizes: [20 * 1024 * 1024] };

/** Encoders that have a digest of the long input, too. */
export function isForLong(id: string): boolean {
  return id.includes("/E") || /^go1\.27\/[13]$/.test(id);
}

/** The sha256 of all bodies of a group, one after the other. */
export function digestOf(
  group: InputGroup,
  encode: (input: Uint8Array) => Iterable<Uint8Array>,
): string {
  const hash = createHash("sha256");
  for (const size of group.sizes) {
    for (const bytes of encode(inputOf(group.kind, size))) hash.update(bytes);
  }
  return hash.digest("hex");
}

const inputs = new Map<string, Uint8Array>();

/** Each input is made once. */
function inputOf(kind: string, size: number): Uint8Array {
  const name = `${kind} ${size}`;
  const input = inputs.get(name) ?? makeInput(kind, size);
  inputs.set(name, input);
  return input;
}
