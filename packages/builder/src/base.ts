import { type Digest, hasCode, type Platform, type Store } from "@shale/content";
import {
  mainManifest,
  parseConfig,
  platformText,
  readBlob,
  readImage,
  resolveImage,
} from "@shale/image";
import { BuildError } from "./errors.ts";
import { DEFAULT_PATH, type RunConfig } from "./run-config.ts";
import type { HistoryEntry, StageLayer, StageState } from "./stage.ts";
import { ImageTree } from "./tree/image-tree.ts";

export interface BaseOptions {
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
  /** Brings an image that is not in the store. */
  readonly pull?: ((reference: string, platform: Platform) => Promise<void>) | undefined;
  /** Asks the registry also for one that is. */
  readonly alwaysPulls?: boolean | undefined;
}

/** A stage on nothing. */
export function scratch(store: Store, platform: Platform): StageState {
  return {
    name: undefined,
    platform,
    run: { Env: [`PATH=${DEFAULT_PATH}`], WorkingDir: "/" },
    history: [],
    layers: [],
    tree: new ImageTree(store),
    args: new Map(),
    author: undefined,
  };
}

/** A stage on an image of the store, which is pulled when it is not there. @throws ImageError, BuildError */
export async function fromImage(
  store: Store,
  reference: string,
  options: BaseOptions,
): Promise<StageState> {
  const { platform, signal } = options;
  const digest = await findImage(store, reference, options);
  const image = await readImage(store, digest);
  const manifest = mainManifest(image, platform);
  if (manifest === undefined || !fits(manifest.platform, platform)) {
    const message = `build from ${reference}: nothing of it is for ${platformText(platform)}`;
    throw new BuildError("CONTEXT_INVALID", message);
  }
  const bytes = await readBlob(store, manifest.config.digest);
  const { diffIds } = parseConfig(bytes, manifest.config.digest);
  const config = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
  const tree = new ImageTree(store);
  const layers: StageLayer[] = [];
  for (const [at, { digest: layer, mediaType }] of manifest.layers.entries()) {
    const blob = (await store.stat(layer))!;
    const own = { blob, diffId: diffIds[at]!, mediaType };
    layers.push(own);
    await tree.add(own, signal);
  }
  return {
    name: undefined,
    platform,
    run: structuredClone((config.config ?? {}) as RunConfig),
    history: [...((config.history ?? []) as HistoryEntry[])],
    layers,
    tree,
    args: new Map(),
    author: typeof config.author === "string" ? config.author : undefined,
  };
}

/** A stage that goes on where another one ended. */
export function fromStage(stage: StageState): StageState {
  const { run, history, layers, tree } = stage;
  return {
    ...stage,
    run: structuredClone(run),
    history: [...history],
    layers: [...layers],
    tree: tree.clone(),
    args: new Map(),
  };
}

async function findImage(
  store: Store,
  reference: string,
  { pull, platform, alwaysPulls }: BaseOptions,
): Promise<Digest> {
  if (pull !== undefined && alwaysPulls === true) await pull(reference, platform);
  try {
    return (await resolveImage(store, reference)).digest;
  } catch (error) {
    if (pull === undefined || !hasCode(error, "IMAGE_UNKNOWN")) throw error;
  }
  await pull(reference, platform);
  return (await resolveImage(store, reference)).digest;
}

/** A manifest by itself does not say what it is for. */
function fits(is: Platform | undefined, wanted: Platform): boolean {
  return is === undefined || (is.os === wanted.os && is.architecture === wanted.architecture);
}
