import type { Digest, Platform, Store } from "@shale/content";
import { chainIds } from "./chain-id.ts";
import { parseConfig } from "./config.ts";
import { imageIdOf, mainManifest, readImage } from "./image.ts";
import { isObject, type JsonObject, parseJson } from "./json.ts";
import { tarSize } from "./layer-tar.ts";
import { familiarForm, familiarRepository } from "./reference.ts";
import { resolveImage } from "./resolve.ts";
import { readBlob } from "./store-bytes.ts";

/** What docker tells of an image, in its words; what belongs to a daemon's storage is left out. */
export interface InspectedImage {
  readonly Id: Digest;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  readonly Comment: string;
  readonly Created: string | null;
  readonly Author: string;
  /** The config's own, as it is. */
  readonly Config: JsonObject;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Os: string;
  /** Of all layers, uncompressed. */
  readonly Size: number;
  readonly RootFS: {
    readonly Type: "layers";
    readonly Layers: readonly string[];
    /** Names of the stacks up to each layer. */
    readonly ChainIDs: readonly string[];
  };
  readonly Descriptor: {
    readonly mediaType: string;
    readonly digest: Digest;
    readonly size: number;
    readonly annotations?: JsonObject;
  };
  /** Those of an index that are here, as `linux/arm64`. */
  readonly Platforms: readonly (Platform | null)[];
}

/** @throws ImageError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS`, `DOCUMENT_INVALID` */
export async function inspectImage(
  store: Store,
  ref: string,
  options: { readonly platform?: Platform | undefined } = {},
): Promise<InspectedImage> {
  const { digest, references } = await resolveImage(store, ref);
  const image = await readImage(store, digest);
  const document = asObject(parseJson(await readBlob(store, digest), digest));
  const manifest = mainManifest(image, options.platform);
  const bytes = manifest && (await readBlob(store, manifest.config.digest));
  const config = bytes === undefined ? {} : asObject(parseJson(bytes, manifest!.config.digest));
  const diffIds = bytes === undefined ? [] : parseConfig(bytes, digest).diffIds;
  const tags = references.filter(
    ({ tag, digest: named }) => tag !== undefined && named === undefined,
  );
  const repositories = new Set(references.map(familiarRepository));
  const annotations = isObject(document.annotations) ? document.annotations : undefined;
  return {
    Id: imageIdOf(manifest === undefined ? image : { ...image, manifests: [manifest] }),
    RepoTags: tags.map(familiarForm),
    RepoDigests: [...repositories].map((name) => `${name}@${digest}`),
    Comment: text(config.comment),
    Created: typeof config.created === "string" ? config.created : null,
    Author: text(config.author),
    Config: asObject(config.config),
    Architecture: text(config.architecture),
    ...(typeof config.variant === "string" && { Variant: config.variant }),
    Os: text(config.os),
    Size: await sizeOf(store, manifest?.layers ?? []),
    RootFS: { Type: "layers", Layers: diffIds, ChainIDs: chainIds(diffIds) },
    Descriptor: {
      mediaType: image.mediaType,
      digest,
      size: image.sizeBytes,
      ...(annotations && { annotations }),
    },
    Platforms: image.manifests.map(({ platform }) => platform ?? null),
  };
}

async function sizeOf(store: Store, layers: readonly { digest: Digest }[]): Promise<number> {
  let sizeBytes = 0;
  for (const { digest } of layers) {
    const info = await store.stat(digest);
    if (info !== undefined) sizeBytes += tarSize(info);
  }
  return sizeBytes;
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
