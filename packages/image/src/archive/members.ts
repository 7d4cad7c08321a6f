import type { BlobSource, Digest, Ingested, Lease, Store } from "@shale/content";
import { ContentError } from "@shale/content";
import { tooLarge } from "../json.ts";
import { IMAGE_LIMITS } from "../limits.ts";
import { putBytes, readBlob } from "../store-bytes.ts";

/**
 * A regular file of an archive: bytes that can be read again, or a blob that they became on the way
 * in.
 */
export type Member = { readonly source: BlobSource } | { readonly ingested: Ingested };

/** The files of an archive, by path. The same file gives the same object, however it is reached. */
export interface Members extends AsyncDisposable {
  /**
   * `undefined` when there is no regular file of that path, links followed.
   * @throws ImageError `ARCHIVE_INVALID` when links lead in a circle
   */
  find(path: string): Promise<Member | undefined>;
}

export interface TakeOptions {
  readonly digest?: Digest;
  readonly lease: Lease;
  readonly signal?: AbortSignal;
  readonly onProgress?: (advancedBytes: number) => void;
}

export function memberSize(member: Member): number {
  return "source" in member ? member.source.sizeBytes : member.ingested.sizeBytes;
}

/**
 * All bytes of a member that is a document.
 * @throws ImageError `DOCUMENT_TOO_LARGE`
 */
export async function readMember(
  store: Store,
  member: Member,
  options: { readonly what: string; readonly signal?: AbortSignal },
): Promise<Uint8Array> {
  const sizeBytes = memberSize(member);
  if (sizeBytes > IMAGE_LIMITS.documentBytes) throw tooLarge(options.what, sizeBytes);
  if ("ingested" in member) return readBlob(store, member.ingested.digest, options);
  const bytes = new Uint8Array(sizeBytes);
  const readBytes = await member.source.read(bytes, 0);
  return bytes.subarray(0, readBytes);
}

/** The member as a blob of the store, under `digest` when one is given. */
export async function takeMember(
  store: Store,
  member: Member,
  options: TakeOptions,
): Promise<Ingested> {
  if ("source" in member) return store.ingestSource(member.source, options);
  const { ingested } = member;
  const { digest = ingested.digest } = options;
  if (digest === ingested.digest) return ingested;
  const sameAlgorithm = digest.slice(0, 7) === ingested.digest.slice(0, 7);
  if (!sameAlgorithm) return putBytes(store, store.open(ingested.digest), options);
  throw new ContentError("DIGEST_MISMATCH", `load ${digest}: the archive has ${ingested.digest}`);
}
