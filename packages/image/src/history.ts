import type { Descriptor, DiffId, Digest, Platform, Store } from "@shale/content";
import type { HistoryStep, ImageConfig } from "./config.ts";
import { ImageError } from "./errors.ts";
import { imageIdOf, mainManifest, readConfig, readImage } from "./image.ts";
import { tarSize } from "./layer-tar.ts";
import { namedImages } from "./names.ts";
import { resolveImage } from "./resolve.ts";

/** One step of how an image came about. */
export interface HistoryEntry {
  /** The image's id for the last step; those before it have none any more. */
  readonly imageId: Digest | undefined;
  readonly createdMs: number | undefined;
  readonly createdBy: string;
  readonly comment: string;
  /** What the step added, uncompressed: 0 for one without a layer. */
  readonly sizeBytes: number;
  readonly layer: HistoryLayer | undefined;
}

export interface HistoryLayer {
  readonly digest: Digest;
  readonly diffId: DiffId | undefined;
  /** How many other images of the store have it, in whatever form it is compressed. */
  readonly sharedWith: number;
}

/**
 * How an image came about, the last step first. Empty steps have no layer. Where the config tells of more or of fewer steps with
 * a layer than there are layers, the lowest ones are matched and the rest stands by itself: what is there is shown.
 * @throws ImageError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS`, `PLATFORM_UNKNOWN`
 */
export async function imageHistory(
  store: Store,
  ref: string,
  options: { readonly platform?: Platform | undefined } = {},
): Promise<HistoryEntry[]> {
  const { digest } = await resolveImage(store, ref);
  const image = await readImage(store, digest);
  const manifest = mainManifest(image, options.platform);
  if (manifest === undefined) return [];
  const config = await readConfig(store, manifest);
  const imageId = imageIdOf({ ...image, manifests: [manifest] });
  const layers = await layersOf(store, { layers: manifest.layers, config, imageId });
  const steps = matchSteps(config?.history ?? [], layers);
  return steps.reverse().map((step, at) => ({ ...step, imageId: at === 0 ? imageId : undefined }));
}

type SizedLayer = HistoryLayer & { readonly sizeBytes: number };

async function layersOf(
  store: Store,
  is: { layers: readonly Descriptor[]; config: ImageConfig | undefined; imageId: Digest },
): Promise<SizedLayer[]> {
  const users = await usersOfLayers(store);
  const found: SizedLayer[] = [];
  for (const [at, { digest }] of is.layers.entries()) {
    const info = await store.stat(digest);
    const diffId = is.config?.diffIds[at] ?? info?.diffId;
    const images = users.get(diffId ?? digest) ?? new Set();
    const sharedWith = images.size - (images.has(is.imageId) ? 1 : 0);
    const sizeBytes = info === undefined ? 0 : tarSize(info);
    found.push({ digest, diffId, sharedWith, sizeBytes });
  }
  return found;
}

/** A layer's diffID, or its digest where a config does not say → the images that have it. */
async function usersOfLayers(store: Store): Promise<Map<string, Set<Digest>>> {
  const users = new Map<string, Set<Digest>>();
  for (const digest of (await namedImages(store)).keys()) {
    for (const { imageId, layers } of await stacksOf(store, digest)) {
      for (const layer of layers) users.set(layer, (users.get(layer) ?? new Set()).add(imageId));
    }
  }
  return users;
}

async function stacksOf(
  store: Store,
  digest: Digest,
): Promise<{ imageId: Digest; layers: readonly string[] }[]> {
  try {
    const image = await readImage(store, digest);
    const stacks = image.manifests.map(async (manifest) => {
      const config = await readConfig(store, manifest);
      const layers = manifest.layers.map((layer, at) => config?.diffIds[at] ?? layer.digest);
      return { imageId: manifest.config.digest, layers };
    });
    return await Promise.all(stacks);
  } catch (error) {
    // A tag that is no image's says nothing of layers.
    if (error instanceof ImageError) return [];
    throw error;
  }
}

type MatchedStep = Omit<HistoryEntry, "imageId">;

/** From the lowest up. */
function matchSteps(history: readonly HistoryStep[], layers: readonly SizedLayer[]): MatchedStep[] {
  const rest = [...layers];
  const steps = history.map((step): MatchedStep => {
    const layer = step.emptyLayer ? undefined : rest.shift();
    return entryOf(step, layer);
  });
  return [...steps, ...rest.map((layer) => entryOf(undefined, layer))];
}

function entryOf(step: HistoryStep | undefined, layer: SizedLayer | undefined): MatchedStep {
  return {
    createdMs: step?.createdMs,
    createdBy: step?.createdBy ?? "",
    comment: step?.comment ?? "",
    sizeBytes: layer?.sizeBytes ?? 0,
    layer: layer && { digest: layer.digest, diffId: layer.diffId, sharedWith: layer.sharedWith },
  };
}
