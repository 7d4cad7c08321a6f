import { RegistryError } from "../errors.ts";

/** Both ends are of the range, as HTTP has them. */
export interface InclusiveRange {
  readonly first: number;
  readonly last: number;
}

const ONE_RANGE = /^bytes=\s*([0-9]*)\s*-\s*([0-9]*)\s*$/i;
const CHUNK = /^(?:bytes[ =])?([0-9]+)-([0-9]+)(?:\/(?:[0-9]+|\*))?$/;

/**
 * What a Range header asks for of `sizeBytes`: RFC 9110, section 14. `undefined` for all of it: where there is no header, where
 * it asks in other units, and where it asks for several ranges, which a server need not give.
 * @throws RegistryError `RANGE_INVALID` when none of it is there
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): InclusiveRange | undefined {
  const match = header === undefined ? null : ONE_RANGE.exec(header);
  if (match === null) return undefined;
  const [from, to] = [toPosition(match[1]!), toPosition(match[2]!)];
  if (from === undefined && to === undefined) return undefined;
  const first = from ?? Math.max(0, sizeBytes - to!);
  const last = from === undefined ? sizeBytes - 1 : Math.min(to ?? sizeBytes - 1, sizeBytes - 1);
  if (first <= last) return { first, last };
  const headers = { "Content-Range": `bytes */${sizeBytes}` };
  throw new RegistryError("RANGE_INVALID", "the range lies outside of the blob", { headers });
}

/** A position that is too large to be one is behind every end. */
function toPosition(digits: string): number | undefined {
  return digits === "" ? undefined : Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}

/**
 * Where a chunk of an upload says that it belongs: distribution-spec, "Pushing a blob in chunks".
 * @throws RegistryError `BLOB_UPLOAD_INVALID`
 */
export function parseContentRange(header: string | undefined): InclusiveRange | undefined {
  if (header === undefined) return undefined;
  const match = CHUNK.exec(header.trim());
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (Number.isSafeInteger(first) && Number.isSafeInteger(last) && first <= last) {
    return { first, last };
  }
  const shown = JSON.stringify(header.slice(0, 100));
  throw new RegistryError("BLOB_UPLOAD_INVALID", `Content-Range ${shown} is no range of bytes`);
}

/** Whether a list of entity tags, as If-None-Match has it, holds this one. RFC 9110, section 13.1.2. */
export function matchesTag(header: string | undefined, entityTag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === entityTag);
}
