import { type BlobInfo, type Descriptor, type DiffId, digestHex, type Store } from "@shale/content";
import { ImageError } from "../errors.ts";
import { mainManifest, readConfig, readImage } from "../image.ts";
import { measured, openLayerTar, tarSize } from "../layer-tar.ts";
import { isForeignLayerType } from "../media-types.ts";
import { readBlob } from "../store-bytes.ts";
import type { SaveContext } from "./context.ts";
import { type DockerEntry, manifestJson, repositoriesJson } from "./docker-json.ts";

import type { Selected } from "./selection.ts";
import { bytesFile, type TarFile } from "./tar-writer.ts";

/**
 * The classic form that every docker reads: configs, and layers as plain tars named by what they
 * are, each once. It has no manifests and one platform, so an image's digest does not survive it;
 * its id does.
 * @throws ImageError `FORMAT_UNSUPPORTED`, `LAYER_MISMATCH`
 */
export async function dockerFiles(
  store: Store,
  selected: readonly Selected[],
  context: SaveContext,
): Promise<TarFile[]> {
  const files = new Map<string, TarFile>();
  const entries: DockerEntry[] = [];
  for (const one of selected) entries.push(await addImage(store, one, { ...context, files }));
  const add = (file: TarFile) => files.set(file.path, file);
  add(bytesFile("manifest.json", manifestJson(entries)));
  const repositories = repositoriesJson(entries);
  if (repositories !== undefined) add(bytesFile("repositories", repositories));
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

type Context = SaveContext & { readonly files: Map<string, TarFile> };

async function addImage(store: Store, selected: Selected, context: Context): Promise<DockerEntry> {
  const { digest, references } = selected;
  const { files, platform } = context;
  const manifest = mainManifest(await readImage(store, digest), platform);
  const config = manifest === undefined ? undefined : await readConfig(store, manifest);
  if (manifest === undefined || config === undefined) {
    throw unsupported(digest, "it is no image of a file system");
  }
  const { diffIds } = config;
  if (diffIds.length !== manifest.layers.length) {
    throw unsupported(digest, `${manifest.layers.length} layers, ${diffIds.length} diffIDs`);
  }
  const configPath = `${digestHex(manifest.config.digest)}.json`;
  files.set(configPath, bytesFile(configPath, await readBlob(store, manifest.config.digest)));
  const sources: Record<string, Descriptor> = {};
  for (const [at, layer] of manifest.layers.entries()) {
    const info = await store.stat(layer.digest);
    const diffId = diffIds[at]!;
    if (info !== undefined)
      files.set(layerPath(diffId), await layerFile(store, info, { ...context, diffId }));
    if (isForeignLayerType(layer.mediaType)) sources[diffId] = layer;
  }
  const top = diffIds.at(-1);
  return {
    references,
    configPath,
    layerPaths: diffIds.map(layerPath),
    legacyId: top === undefined ? digestHex(manifest.config.digest) : digestHex(top),
    sources,
  };
}

function layerPath(diffId: DiffId): string {
  return `${digestHex(diffId)}/layer.tar`;
}

async function layerFile(
  store: Store,
  layer: BlobInfo,
  { signal, diffId }: SaveContext & { readonly diffId: DiffId },
): Promise<TarFile> {
  const options = signal === undefined ? { diffId } : { diffId, signal };
  return {
    path: layerPath(diffId),
    sizeBytes: tarSize(await measured(store, layer, options)),
    content: () => openLayerTar(store, layer, options),
  };
}

function unsupported(image: string, why: string): ImageError {
  return new ImageError(
    "FORMAT_UNSUPPORTED",
    `save ${image} as a docker archive: ${why}; save it in the OCI form`,
  );
}
