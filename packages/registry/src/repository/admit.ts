import { type Digest, hasCode, type Lease, type Store } from "@shale/content";
import { type Index, isForeignLayerType, type Manifest, putDocument } from "@shale/image";
import { RegistryError } from "../errors.ts";
import { countOn, namedBy } from "./named.ts";
import { noteOf } from "./notes.ts";
import type { Quotas } from "./quotas.ts";
import type { RecentUses } from "./recent-uses.ts";

/** What a manifest may name without it being here; layers that may not be passed on always can. */
export type Sparse = "none" | "indexes" | "all";

/** Where manifests are admitted. */
export interface Gate {
  readonly store: Store;
  readonly uses: RecentUses;
  readonly quotas: Quotas;
  readonly sparse: Sparse;
}

/** A manifest that is to become one of a repository. */
export interface NewManifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly document: Manifest | Index;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/**
 * Stores a manifest byte for byte and makes it a member, linked to what is here of what it names.
 * @throws RegistryError `MANIFEST_BLOB_UNKNOWN`
 */
export async function admitManifest(
  gate: Gate,
  repository: string,
  { bytes, digest, document, lease, signal }: NewManifest,
): Promise<void> {
  const links = await requireNamed(gate, repository, document);
  try {
    await putDocument(gate.store, bytes, { digest, links, lease, signal });
  } catch (error) {
    // It was deleted, and collected, since it was looked for.
    if (!hasCode(error, "BLOB_UNKNOWN")) throw error;
    const message = "the manifest names what is no longer in the repository";
    throw new RegistryError("MANIFEST_BLOB_UNKNOWN", message, { cause: error });
  }
  const member = { digest, kind: "manifest" } as const;
  await gate.quotas.admit(repository, { ...member, sizeBytes: bytes.length }, () =>
    gate.store.addMembers(repository, [{ ...member, note: noteOf(document) }]),
  );
}

/** What of that which it names is here. What is in other repositories alone is not: to be told so would be to learn of it. */
async function requireNamed(
  gate: Gate,
  repository: string,
  document: Manifest | Index,
): Promise<Digest[]> {
  const here: Digest[] = [];
  const absent: Digest[] = [];
  for (const named of namedBy(document)) {
    const mayBeAbsent = isForeignLayerType(named.mediaType) || isSparse(document, gate.sparse);
    if (await countOn(gate, repository, named)) here.push(named.digest);
    else if (!mayBeAbsent) absent.push(named.digest);
  }
  if (absent.length === 0) return here;
  const message = `the manifest names what is not in the repository: ${absent[0]}`;
  throw new RegistryError("MANIFEST_BLOB_UNKNOWN", message, { detail: { absent } });
}

/** Whether a manifest may name what is not here. */
function isSparse({ kind }: Manifest | Index, sparse: Sparse): boolean {
  return sparse === "all" || (sparse === "indexes" && kind === "index");
}
