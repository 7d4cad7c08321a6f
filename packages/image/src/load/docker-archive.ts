import type { Descriptor, DiffId, Digest } from "@shale/content";
import { type Member, memberSize } from "../archive/members.ts";
import { SNIFF_BYTES, sniff } from "../archive/sniff.ts";
import { parseConfig } from "../config.ts";
import { ImageError } from "../errors.ts";
import {
  asDescriptor,
  asList,
  asObject,
  asStrings,
  invalid,
  isObject,
  parseJson,
} from "../json.ts";
import { isForeignLayerType } from "../media-types.ts";
import { parseReference, type Reference, withDefaultTag } from "../reference.ts";
import { type Documents, digestOf } from "./documents.ts";
import type { PlannedDocument, PlannedImage, PlannedLayer } from "./plan.ts";

/** An entry of manifest.json: paths of files in the archive. */
interface DockerImage {
  readonly configPath: string;
  readonly names: readonly Reference[];
  readonly layerPaths: readonly string[];
  /** By diffID, where layers that did not come along are from. */
  readonly sources: Readonly<Record<string, unknown>>;
}

/**
 * Plans the images of a docker archive in its classic form, which has no manifests. moby's
 * image-spec, v1.2, "Combined Image JSON + Filesystem Changeset Format".
 * @throws ImageError `DOCUMENT_INVALID`, `LAYER_MISMATCH`, `BLOB_ABSENT`, `REFERENCE_INVALID`
 */
export async function planDockerArchive(
  documents: Documents,
  manifestJson: Uint8Array,
): Promise<PlannedImage[]> {
  const images: PlannedImage[] = [];
  for (const image of parseDockerManifest(manifestJson)) {
    images.push(await planImage(documents, image));
  }
  return images;
}

/**
 * The names that manifest.json gives to configs, for archives of both forms whose index.json gives
 * none.
 */
export function dockerNames(manifestJson: Uint8Array): Map<Digest, readonly Reference[]> {
  const names = new Map<Digest, readonly Reference[]>();
  for (const image of parseDockerManifest(manifestJson)) {
    const digest = statedDigest(image.configPath);
    if (digest !== undefined) names.set(digest, image.names);
  }
  return names;
}

function parseDockerManifest(bytes: Uint8Array): DockerImage[] {
  const what = "manifest.json";
  return asList(parseJson(bytes, what), what).map((item, at) => {
    const where = `${what}, item ${at}`;
    const { Config, RepoTags, Layers, LayerSources } = asObject(item, where);
    if (typeof Config !== "string") throw invalid(where, "it has no Config");
    const names = asStrings(RepoTags, `the RepoTags of ${where}`);
    return {
      configPath: Config,
      names: names.map((name) => withDefaultTag(parseReference(name))),
      layerPaths: asStrings(Layers, `the Layers of ${where}`),
      sources: isObject(LayerSources) ? LayerSources : {},
    };
  });
}

async function planImage(documents: Documents, image: DockerImage): Promise<PlannedImage> {
  const config = await readConfig(documents, image.configPath);
  const { diffIds } = parseConfig(config.bytes, image.configPath);
  if (diffIds.length !== image.layerPaths.length) {
    throw new ImageError(
      "LAYER_MISMATCH",
      `load ${config.digest}: its config names ${diffIds.length} layers, ` +
        `manifest.json ${image.layerPaths.length}`,
    );
  }
  const layers: PlannedLayer[] = [];
  for (const [at, path] of image.layerPaths.entries()) {
    const diffId = diffIds[at]!;
    layers.push(
      await planLayer(documents, path, { diffId, foreign: foreignSource(image, diffId) }),
    );
  }
  return {
    names: image.names.map((reference) => ({ reference })),
    root: { kind: "manifest", config, diffIds, layers, document: undefined },
  };
}

async function readConfig(documents: Documents, path: string): Promise<PlannedDocument> {
  const member = await documents.members.find(path);
  if (member === undefined) throw absent(path);
  const digest = statedDigest(path);
  if (digest !== undefined) return documents.read(member, digest);
  const bytes = (await documents.find(path))!;
  return { bytes, digest: digestOf(bytes) };
}

async function planLayer(
  documents: Documents,
  path: string,
  { diffId, foreign }: { diffId: DiffId; foreign: Descriptor | undefined },
): Promise<PlannedLayer> {
  const member = await documents.members.find(path);
  if (member !== undefined) {
    const blob = { member, digest: undefined, sizeBytes: memberSize(member) };
    return (await isPlainTar(member)) ? { ...blob, diffId } : blob;
  }
  if (foreign !== undefined) return { absent: foreign };
  throw absent(path);
}

async function isPlainTar(member: Member): Promise<boolean> {
  if (!("source" in member)) return false;
  const head = new Uint8Array(Math.min(SNIFF_BYTES, member.source.sizeBytes));
  await member.source.read(head, 0);
  return sniff(head) === "tar";
}

function foreignSource({ sources }: DockerImage, diffId: DiffId): Descriptor | undefined {
  if (sources[diffId] === undefined) return undefined;
  const source = asDescriptor(sources[diffId], `the LayerSources of ${diffId}`);
  return isForeignLayerType(source.mediaType) ? source : undefined;
}

/**
 * Every writer of these archives names configs by what they hash to, so that a flipped bit is
 * found.
 */
function statedDigest(path: string): Digest | undefined {
  const hex = /^(?:\.\/)?(?:blobs\/sha256\/|sha256:)?([a-f0-9]{64})(?:\.json)?$/.exec(path)?.[1];
  return hex === undefined ? undefined : (`sha256:${hex}` as Digest);
}

function absent(path: string): ImageError {
  const shown = JSON.stringify(path.slice(0, 300));
  return new ImageError(
    "BLOB_ABSENT",
    `load ${shown}: manifest.json names it, and it is not in the archive`,
  );
}
