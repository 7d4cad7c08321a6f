import {
  ContentError,
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestHex,
} from "@shale/content";
import { type Member, memberSize } from "../archive/members.ts";
import { parseConfig } from "../config.ts";
import { ImageError } from "../errors.ts";
import { asObject, invalid, parseJson } from "../json.ts";
import { IMAGE_LIMITS } from "../limits.ts";
import { type Index, type Manifest, parseManifest } from "../manifest.ts";
import { isForeignLayerType, isImageConfigType, isLayerType } from "../media-types.ts";
import { isTag, parseReference, withDefaultTag } from "../reference.ts";
import type { Documents } from "./documents.ts";
import {
  manifestsOf,
  type PlannedDocument,
  type PlannedImage,
  type PlannedIndex,
  type PlannedLayer,
  type PlannedManifest,
  type PlannedName,
  type PlannedNode,
  type PlannedStub,
} from "./plan.ts";

/** containerd's name of an image in full; docker writes it, too. */
const FULL_NAME = "io.containerd.image.name";
/**
 * OCI image-spec, annotations.md: a bare tag by the letter, a whole name by the habit of some
 * tools.
 */
const REF_NAME = "org.opencontainers.image.ref.name";

interface Context {
  readonly documents: Documents;
  /** By type and digest: indexes may share children, and each is planned once. */
  readonly planned: Map<string, PlannedNode>;
}

interface WithDocument {
  readonly document: PlannedDocument;
}

/**
 * Plans the images that an OCI layout's index.json names. OCI image-spec, image-layout.md.
 * @throws ImageError `DOCUMENT_INVALID`, `DOCUMENT_AMBIGUOUS`, `BLOB_ABSENT`
 */
export async function planOciLayout(
  documents: Documents,
  files: { readonly layout: Uint8Array; readonly index: Uint8Array },
): Promise<PlannedImage[]> {
  checkVersion(files.layout);
  const index = parseManifest(files.index, { what: "index.json" });
  if (index.kind !== "index") throw invalid("index.json", "it is no index");
  const context: Context = { documents, planned: new Map() };
  const images = new Map<Digest, PlannedImage>();
  for (const descriptor of index.manifests) {
    const before = images.get(descriptor.digest);
    const root = before?.root ?? (await planRoot(context, descriptor));
    const names = [...(before?.names ?? []), ...namesOf(descriptor)];
    images.set(descriptor.digest, { names, root });
  }
  return [...images.values()];
}

function checkVersion(bytes: Uint8Array): void {
  const { imageLayoutVersion } = asObject(parseJson(bytes, "oci-layout"), "oci-layout");
  if (typeof imageLayoutVersion === "string" && imageLayoutVersion.startsWith("1.")) return;
  throw invalid("oci-layout", "its imageLayoutVersion is not 1.0.0");
}

function namesOf({ annotations = {} }: Descriptor): PlannedName[] {
  const { [FULL_NAME]: full, [REF_NAME]: name } = annotations;
  if (full !== undefined) return [{ reference: withDefaultTag(parseReference(full)) }];
  if (name === undefined) return [];
  return [isTag(name) ? { tag: name } : { reference: withDefaultTag(parseReference(name)) }];
}

async function planRoot(context: Context, descriptor: Descriptor): Promise<PlannedNode> {
  const root = await planNode(context, descriptor, 0);
  // Children of an index may be absent, but not all of them.
  if (root !== undefined && manifestsOf(root).next().done !== true) return root;
  throw absent(descriptor.digest, "index.json names it");
}

/** `undefined` when the document did not come along. */
async function planNode(
  context: Context,
  descriptor: Descriptor,
  depth: number,
): Promise<PlannedNode | undefined> {
  const { digest, mediaType } = descriptor;
  const key = `${mediaType} ${digest}`;
  const before = context.planned.get(key);
  if (before !== undefined) return before;
  if (depth > IMAGE_LIMITS.indexDepth) throw invalid(digest, "it is in too many indexes");
  const member = await findBlob(context.documents, descriptor);
  if (member === undefined) return undefined;
  const document = await context.documents.read(member, digest);
  const parsed = parseManifest(document.bytes, { what: digest, statedType: mediaType });
  const node =
    parsed.kind === "index"
      ? await planIndex(context, { ...parsed, document }, depth)
      : await planManifest(context, { ...parsed, document });
  if (node.kind === "stub" && depth === 0) {
    throw absent(node.named[0]!, `manifest ${digest} names it`);
  }
  context.planned.set(key, node);
  return node;
}

async function planIndex(
  context: Context,
  { manifests, document }: Index & WithDocument,
  depth: number,
): Promise<PlannedIndex> {
  const children = new Set<PlannedNode>();
  const absent = new Set<Digest>();
  for (const child of manifests) {
    const node = await planNode(context, child, depth + 1);
    if (node === undefined) absent.add(child.digest);
    else children.add(node);
  }
  return { kind: "index", document, children: [...children], absent: [...absent] };
}

/** A stub when not even the config came along: docker saves manifests of other platforms so. */
async function planManifest(
  { documents }: Context,
  { config, layers, document }: Manifest & WithDocument,
): Promise<PlannedManifest | PlannedStub> {
  const member = await findBlob(documents, config);
  if (member === undefined) {
    const named = [config.digest, ...layers.map((layer) => layer.digest)];
    return { kind: "stub", document, named };
  }
  const planned: PlannedLayer[] = [];
  for (const layer of layers) planned.push(await planLayer(documents, layer, document.digest));
  if (!isImageConfigType(config.mediaType)) {
    const blob = { member, digest: config.digest, sizeBytes: config.size };
    return { kind: "manifest", document, config: blob, layers: planned, diffIds: undefined };
  }
  const imageConfig = await documents.read(member, config.digest);
  const { diffIds } = parseConfig(imageConfig.bytes, config.digest);
  // What is not a layer of a file system, like an attestation's statements, has no diffID to keep.
  const stated = layers.every((layer) => isLayerType(layer.mediaType)) ? diffIds : undefined;
  return { kind: "manifest", document, config: imageConfig, layers: planned, diffIds: stated };
}

async function planLayer(
  documents: Documents,
  layer: Descriptor,
  manifest: Digest,
): Promise<PlannedLayer> {
  const member = await findBlob(documents, layer);
  if (member !== undefined) return { member, digest: layer.digest, sizeBytes: layer.size };
  if (isForeignLayerType(layer.mediaType)) return { absent: layer };
  throw absent(layer.digest, `manifest ${manifest} names it`);
}

/** @throws ContentError `SIZE_MISMATCH` */
async function findBlob(
  { members }: Documents,
  { digest, size }: Descriptor,
): Promise<Member | undefined> {
  const member = await members.find(`blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`);
  if (member === undefined || memberSize(member) === size) return member;
  throw new ContentError(
    "SIZE_MISMATCH",
    `load ${digest}: its descriptor says ${size} bytes, the archive has ${memberSize(member)}`,
  );
}

function absent(digest: Digest, why: string): ImageError {
  return new ImageError("BLOB_ABSENT", `load ${digest}: ${why}, and it is not in the archive`);
}
