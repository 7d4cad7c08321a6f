import type { Descriptor, DiffId, Digest } from "@shale/content";
import type { Member } from "../archive/members.ts";
import type { Reference } from "../reference.ts";

/** What an archive holds, read and checked as far as that can be done before its layers are. */
export interface PlannedImage {
  readonly names: readonly PlannedName[];
  readonly root: PlannedNode;
}

/** A name in full, or the bare tag that OCI layouts may have. */
export type PlannedName = { readonly reference: Reference } | { readonly tag: string };

export type PlannedNode = PlannedManifest | PlannedIndex | PlannedStub;

export interface PlannedDocument {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

export interface PlannedManifest {
  readonly kind: "manifest";
  /** The bytes of an image's config; those of anything else are a blob like a layer. */
  readonly config: PlannedDocument | PlannedBlob;
  /** What the layers must inflate to; `undefined` where that is not said. */
  readonly diffIds: readonly DiffId[] | undefined;
  readonly layers: readonly PlannedLayer[];
  /** `undefined` for an image that came without: one is made when its layers are known. */
  readonly document: PlannedDocument | undefined;
}

/** A blob that came along. */
export interface PlannedBlob {
  readonly member: Member;
  readonly digest: Digest | undefined;
  readonly sizeBytes: number;
  /** Of a layer that is a plain tar and has no digest: what its config says of it. Spares the store a pass to find out. */
  readonly diffId?: DiffId;
}

/** A layer, or the descriptor of a foreign one that did not come along. */
export type PlannedLayer = PlannedBlob | { readonly absent: Descriptor };

export interface PlannedIndex {
  readonly kind: "index";
  readonly document: PlannedDocument;
  readonly children: readonly PlannedNode[];
  /** Platforms that did not come along. */
  readonly absent: readonly Digest[];
}

/** A manifest below an index, of which docker says what it is, but not what is in it. */
export interface PlannedStub {
  readonly kind: "stub";
  readonly document: PlannedDocument;
  readonly named: readonly Digest[];
}

export function isBlob(part: PlannedLayer | PlannedManifest["config"]): part is PlannedBlob {
  return "member" in part;
}

export function isDocument(part: PlannedManifest["config"]): part is PlannedDocument {
  return "bytes" in part;
}

/** The manifests of an image, wherever they are in it, each once however many indexes share it. */
export function* manifestsOf(
  node: PlannedNode,
  seen: Set<PlannedNode> = new Set(),
): Generator<PlannedManifest> {
  if (seen.has(node)) return;
  seen.add(node);
  if (node.kind === "manifest") yield node;
  if (node.kind === "index") for (const child of node.children) yield* manifestsOf(child, seen);
}
