import {
  ContentError,
  type Descriptor,
  type DiffId,
  type Digest,
  type Platform,
} from "@shale/content";
import { digestOf } from "@shale/hash";
import {
  hostPlatform,
  isAttestation,
  isForeignLayerType,
  isImageConfigType,
  isIndexType,
  parseConfig,
  parseManifest,
  platformText,
} from "@shale/image";
import { RemoteError } from "../errors.ts";
import { REMOTE_LIMITS } from "../limits.ts";
import type { RemoteManifest, RemoteRepository } from "../registry.ts";

/** A manifest or an index that is on its way, with what of it is wanted. */
export type PulledNode = PulledManifest | PulledIndex;

export interface PulledManifest {
  readonly kind: "manifest";
  readonly document: RemoteManifest;
  readonly config: PulledConfig;
  readonly layers: readonly Descriptor[];
}

export interface PulledConfig {
  readonly descriptor: Descriptor;
  /** `undefined` for a config of something that is no image: it is taken in like a layer. */
  readonly image: { readonly bytes: Uint8Array; readonly diffIds: readonly DiffId[] } | undefined;
}

export interface PulledIndex {
  readonly kind: "index";
  readonly document: RemoteManifest;
  readonly children: readonly PulledNode[];
  /** Of other platforms; linked when they happen to be here. */
  readonly others: readonly Digest[];
}

export interface PlanOptions {
  /** Which platform of an index; this machine's when none is given. */
  readonly platform?: Platform | undefined;
  readonly allPlatforms?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const INDEX_DEPTH = 8;

/**
 * Reads the documents of an image, and chooses the platforms.
 * @throws RemoteError `MANIFEST_UNKNOWN`, `PLATFORM_UNKNOWN`
 * @throws ImageError `DOCUMENT_INVALID`, `DOCUMENT_AMBIGUOUS`
 */
export async function planPull(
  repository: RemoteRepository,
  reference: string,
  options: PlanOptions,
): Promise<PulledNode> {
  const document = await repository.getManifest(reference, options);
  return await new Planner(repository, options).node(document, 0);
}

class Planner {
  readonly #repository: RemoteRepository;
  readonly #options: PlanOptions;

  constructor(repository: RemoteRepository, options: PlanOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  async node(document: RemoteManifest, depth: number): Promise<PulledNode> {
    const { digest, mediaType, bytes } = document;
    const parsed = parseManifest(bytes, { what: digest, statedType: mediaType });
    if (parsed.kind === "manifest") return await this.#manifest(document, parsed);
    if (depth >= INDEX_DEPTH) {
      throw new RemoteError(
        "NOT_A_REGISTRY",
        `pull ${digest}: its indexes name indexes without end`,
      );
    }
    const wanted = this.#choose(digest, parsed.manifests);
    const children: PulledNode[] = [];
    for (const child of wanted) {
      const childDocument = await this.#repository.getManifest(child.digest, this.#options);
      children.push(await this.node({ ...childDocument, mediaType: child.mediaType }, depth + 1));
    }
    const others = parsed.manifests.flatMap((child) =>
      wanted.includes(child) ? [] : [child.digest],
    );
    return { kind: "index", document, children, others };
  }

  async #manifest(
    document: RemoteManifest,
    parsed: { readonly config: Descriptor; readonly layers: readonly Descriptor[] },
  ): Promise<PulledManifest> {
    const { config: descriptor, layers } = parsed;
    const isImage = isImageConfigType(descriptor.mediaType);
    const bytes = isImage ? await this.#read(descriptor) : undefined;
    const image = bytes && { bytes, diffIds: parseConfig(bytes, descriptor.digest).diffIds };
    if (image !== undefined && image.diffIds.length !== layers.length) {
      const message = `pull ${document.digest}: its config names ${image.diffIds.length} layers, its manifest ${layers.length}`;
      throw new RemoteError("DIGEST_MISMATCH", message);
    }
    return { kind: "manifest", document, config: { descriptor, image }, layers };
  }

  async #read({ digest, size }: Descriptor): Promise<Uint8Array> {
    if (size > REMOTE_LIMITS.manifestBytes) {
      throw new RemoteError("TOO_LARGE", `pull config ${digest}: ${size} bytes are too many`);
    }
    const pieces: Uint8Array[] = [];
    const blob = this.#repository.openBlob({ digest, sizeBytes: size }, this.#options);
    for await (const piece of blob) pieces.push(Buffer.from(piece));
    const bytes = Buffer.concat(pieces);
    if (digestOf(bytes, digest.startsWith("sha512") ? "sha512" : "sha256") === digest) return bytes;
    throw new ContentError("DIGEST_MISMATCH", `pull config ${digest}: what came is something else`);
  }

  /** Attestations speak of images; they come along only with all of an index. */
  #choose(index: Digest, manifests: readonly Descriptor[]): readonly Descriptor[] {
    if (this.#options.allPlatforms === true) return manifests;
    const images = manifests.filter((one) => !isAttestation(one));
    const wanted = this.#options.platform ?? hostPlatform();
    const fitting = images.filter(
      (one) => isIndexType(one.mediaType) || fits(one.platform, wanted),
    );
    if (fitting.length > 0) return fitting.slice(0, 1);
    const isUntold = images.every(({ platform }) => platform === undefined);
    if (isUntold && this.#options.platform === undefined) return images;
    const there = images.map(({ platform }) => platformText(platform)).join(", ");
    const message = `pull ${index}: it has nothing for ${platformText(wanted)}, but for ${there}; choose with --platform`;
    throw new RemoteError("PLATFORM_UNKNOWN", message);
  }
}

function fits(platform: Platform | undefined, wanted: Platform): boolean {
  if (platform?.os !== wanted.os || platform.architecture !== wanted.architecture) return false;
  return wanted.variant === undefined || platform.variant === wanted.variant;
}

/** The layers of an image that are to be fetched, each once. Foreign ones that say no place cannot be. */
export function layersOf(
  node: PulledNode,
  found: Map<Digest, Descriptor> = new Map(),
): Map<Digest, Descriptor> {
  if (node.kind === "index") {
    for (const child of node.children) layersOf(child, found);
    return found;
  }
  const { config, layers } = node;
  const blobs = config.image === undefined ? [config.descriptor, ...layers] : layers;
  for (const blob of blobs) {
    const isElsewhere = isForeignLayerType(blob.mediaType) && (blob.urls ?? []).length === 0;
    if (!isElsewhere) found.set(blob.digest, blob);
  }
  return found;
}
