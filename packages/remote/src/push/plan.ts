import {
  ContentError,
  type Descriptor,
  type Digest,
  type Platform,
  type Store,
} from "@shale/content";
import {
  hostPlatform,
  type Image,
  type ImageManifest,
  isForeignLayerType,
  mainManifest,
  parseManifest,
  platformText,
  readBlob,
  readImage,
} from "@shale/image";
import { RemoteError } from "../errors.ts";
import type { RemoteManifest } from "../registry.ts";

/** What a push brings to a registry. */
export interface PushPlan {
  /** Manifests and indexes, each behind those that it names; the last one is what the tag will stand for. */
  readonly documents: readonly RemoteManifest[];
  /** Each once, from the lowest up. */
  readonly layers: readonly Descriptor[];
  readonly configs: readonly Descriptor[];
  /** Of an index of which not everything is here only one platform is pushed; this one. */
  readonly onlyPlatform: Platform | undefined;
}

/**
 * Plans what to push of an image: an index with all that it names when all of that is here, else the manifest of one platform.
 * @throws RemoteError `PLATFORM_UNKNOWN`
 */
export async function planPush(
  store: Store,
  digest: Digest,
  { platform }: { readonly platform?: Platform | undefined },
): Promise<PushPlan> {
  if (platform === undefined) {
    const builder = new PlanBuilder(store);
    if (await builder.add(digest)) return builder.plan(undefined);
  }
  const image = await readImage(store, digest);
  const manifest = choose(image, platform);
  const builder = new PlanBuilder(store);
  await builder.add(manifest.digest);
  const isPart = manifest.digest !== digest;
  return builder.plan(isPart ? (manifest.platform ?? hostPlatform()) : undefined);
}

function choose(image: Image, platform: Platform | undefined): ImageManifest {
  const here = image.manifests;
  const fits = (one: ImageManifest) =>
    one.platform?.os === platform?.os && one.platform?.architecture === platform?.architecture;
  const isOnly = here.length === 1 && here[0]!.digest === image.digest;
  const found = platform === undefined || isOnly ? mainManifest(image) : here.find(fits);
  if (found !== undefined) return found;
  const names = here.map((one) => platformText(one.platform)).join(", ") || "nothing";
  const message = `push ${image.digest}: here is ${names} of it; pull the platform first, or choose with --platform`;
  throw new RemoteError("PLATFORM_UNKNOWN", message);
}

class PlanBuilder {
  readonly #store: Store;
  readonly #documents = new Map<Digest, RemoteManifest>();
  readonly #layers = new Map<Digest, Descriptor>();
  readonly #configs = new Map<Digest, Descriptor>();

  constructor(store: Store) {
    this.#store = store;
  }

  plan(onlyPlatform: Platform | undefined): PushPlan {
    return {
      documents: [...this.#documents.values()],
      layers: [...this.#layers.values()],
      configs: [...this.#configs.values()],
      onlyPlatform,
    };
  }

  /** `false` when something of it is not here. */
  async add(digest: Digest): Promise<boolean> {
    if (this.#documents.has(digest)) return true;
    const info = await this.#store.stat(digest);
    if (info === undefined) {
      throw new ContentError("BLOB_UNKNOWN", `push ${digest}: no such blob is in the store`);
    }
    const bytes = await readBlob(this.#store, digest);
    const document = parseManifest(bytes, { what: digest });
    const links = new Set(info.links);
    if (document.kind === "index") {
      for (const child of document.manifests) {
        if (!links.has(child.digest) || !(await this.add(child.digest))) return false;
      }
    } else {
      const layers = document.layers.filter(({ mediaType }) => !isForeignLayerType(mediaType));
      if (![document.config, ...layers].every((part) => links.has(part.digest))) return false;
      this.#configs.set(document.config.digest, document.config);
      for (const layer of layers) this.#layers.set(layer.digest, layer);
    }
    const { mediaType } = document;
    this.#documents.set(digest, { digest, mediaType, bytes });
    return true;
  }
}
