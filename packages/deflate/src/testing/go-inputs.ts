import { INPUT_KINDS, INPUT_SIZES } from "./inputs.ts";
import type { InputGroup } from "./klauspost-inputs.ts";

const SMALL_MAX_BYTES = 131_072;
const FLUSHED_MAX_BYTES = 32_769;
const MIXED_MAX_BYTES = 1_048_576;

/** For every level. `mixed` alone also has sizes that let the window move many times. */
export const GO_GROUPS: readonly InputGroup[] = INPUT_KINDS.map((kind) => {
  const maxBytes = kind === "mixed" ? MIXED_MAX_BYTES : SMALL_MAX_BYTES;
  return { name: kind, kind, sizes: INPUT_SIZES.filter((size) => size <= maxBytes) };
});

/** What the digests of a model are of. Flushed streams differ from others at their end alone. */
export function groupsOf(id: string): readonly InputGroup[] {
  if (!id.endsWith("/flushed")) return GO_GROUPS;
  return GO_GROUPS.map(({ name, kind, sizes }) => {
    return { name, kind, sizes: sizes.filter((size) => size <= FLUSHED_MAX_BYTES) };
  });
}
