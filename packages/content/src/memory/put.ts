import { createHash } from "node:crypto";
import type { BlobInfo } from "../blob.ts";
import { type Digest, digestAlgorithm, digestFromBytes } from "../digest.ts";
import { ContentError } from "../errors.ts";
import type { Expectation, Ingested } from "../ingest.ts";
import { LIMITS } from "../limits.ts";
import { type Recognised, recognise } from "./encoding.ts";
import { protectIn } from "./leases.ts";
import type { MemoryState } from "./state.ts";

/** What was read of the bytes themselves, before anything is decided. */
export interface Examined extends Recognised {
  readonly bytes: Uint8Array;
}

export async function examine(bytes: Uint8Array): Promise<Examined> {
  return { bytes, ...(await recognise(bytes)) };
}

/**
 * The one place where a blob comes into being. All checks come before the first change, and nothing
 * here waits, so that the store is never seen half-way.
 */
export function putBlob(state: MemoryState, examined: Examined, expected: Expectation): Ingested {
  const { bytes, ...recognised } = examined;
  const digest = checkBytes(bytes, expected);
  const links = checkLinks(state, digest, expected.links ?? []);
  const before = state.blobs.get(digest);
  const info: BlobInfo =
    before === undefined
      ? { digest, sizeBytes: bytes.length, state: "staged", links, ...recognised }
      : merge(before.info, links);
  if (expected.lease !== undefined) protectIn(state, expected.lease.id, digest);
  state.blobs.set(digest, { info, bytes: before?.bytes ?? bytes });
  return before === undefined
    ? { ...info, status: "stored", newBytes: bytes.length }
    : { ...info, status: "exists", newBytes: 0 };
}

function checkBytes(bytes: Uint8Array, expected: Expectation): Digest {
  if (expected.sizeBytes !== undefined && expected.sizeBytes !== bytes.length) {
    throw new ContentError(
      "SIZE_MISMATCH",
      `commit: announced ${expected.sizeBytes} bytes, got ${bytes.length}`,
    );
  }
  const algorithm = expected.digest === undefined ? "sha256" : digestAlgorithm(expected.digest);
  const actual = digestFromBytes(algorithm, createHash(algorithm).update(bytes).digest());
  if (expected.digest !== undefined && expected.digest !== actual) {
    throw new ContentError(
      "DIGEST_MISMATCH",
      `commit: announced ${expected.digest}, got ${actual}`,
    );
  }
  return actual;
}

function checkLinks(state: MemoryState, digest: Digest, links: readonly Digest[]): Digest[] {
  const distinct = [...new Set(links)];
  if (distinct.length > LIMITS.linksPerBlob) {
    throw new ContentError(
      "LIMIT_EXCEEDED",
      `commit ${digest}: ${distinct.length} links, at most ${LIMITS.linksPerBlob}`,
    );
  }
  const absent = distinct.find((link) => !state.blobs.has(link));
  if (absent !== undefined) {
    throw new ContentError("BLOB_UNKNOWN", `commit ${digest}: it links to ${absent}, not here`);
  }
  return distinct;
}

/** An index may come again when more of its children are here: links are added, never lost. */
function merge(info: BlobInfo, links: readonly Digest[]): BlobInfo {
  return { ...info, links: [...new Set([...info.links, ...links])] };
}
