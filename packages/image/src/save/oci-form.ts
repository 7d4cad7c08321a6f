import {
  type BlobInfo,
  type Descriptor,
  digestAlgorithm,
  digestHex,
  type Store,
} from "@shale/content";
import { type Image, mainManifest, readConfig, readImage } from "../image.ts";
import { imageBlobs } from "../image-blobs.ts";
import { isForeignLayerType, isImageConfigType, OCI_INDEX } from "../media-types.ts";
import { normalForm, type Reference } from "../reference.ts";
import type { SaveContext } from "./context.ts";
import { type DockerEntry, manifestJson, repositoriesJson } from "./docker-json.ts";

import type { Selected } from "./selection.ts";
import { bytesFile, type TarFile } from "./tar-writer.ts";

/**
 * An OCI layout with a manifest.json beside its index.json, as docker saves it since version 25:
 * readers of either form find theirs. Every blob is what it was pushed as.
 */
export async function ociFiles(
  store: Store,
  selected: readonly Selected[],
  context: SaveContext,
): Promise<TarFile[]> {
  const blobs = new Map<string, BlobInfo>();
  const descriptors: Descriptor[] = [];
  const entries: DockerEntry[] = [];
  for (const { digest, references } of selected) {
    const image = await readImage(store, digest);
    for (const blob of await imageBlobs(store, digest)) blobs.set(pathOf(blob), blob);
    descriptors.push(...descriptorsOf(image, references));
    const entry = await dockerEntry(store, image, references, context);
    if (entry !== undefined) entries.push(entry);
  }
  const files = [...blobs].map(([path, blob]) => blobFile(store, blob, { path, ...context }));
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: descriptors };
  files.push(bytesFile("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')));
  files.push(bytesFile("index.json", Buffer.from(JSON.stringify(index))));
  if (entries.length > 0) files.push(bytesFile("manifest.json", manifestJson(entries)));
  const repositories = repositoriesJson(entries);
  if (repositories !== undefined) files.push(bytesFile("repositories", repositories));
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One for each name, since a descriptor has one set of annotations. */
function descriptorsOf(image: Image, references: readonly Reference[]): Descriptor[] {
  const { mediaType, digest, sizeBytes } = image;
  const descriptor = { mediaType, digest, size: sizeBytes };
  if (references.length === 0) return [descriptor];
  return references.map((reference) => ({
    ...descriptor,
    annotations: {
      "io.containerd.image.name": normalForm(reference),
      ...(reference.tag !== undefined && {
        "org.opencontainers.image.ref.name": reference.tag,
      }),
    },
  }));
}

/** What older readers see: of several platforms one; `undefined` of what is no image. */
async function dockerEntry(
  store: Store,
  image: Image,
  references: readonly Reference[],
  { platform }: SaveContext,
): Promise<DockerEntry | undefined> {
  const manifest = mainManifest(image, platform);
  if (manifest === undefined || !isImageConfigType(manifest.config.mediaType)) return undefined;
  const { config, layers } = manifest;
  const { diffIds } = (await readConfig(store, manifest))!;
  const foreign = layers.flatMap((layer, at) =>
    isForeignLayerType(layer.mediaType) && diffIds[at] ? [[diffIds[at], layer] as const] : [],
  );
  return {
    references,
    configPath: pathOf(config),
    layerPaths: layers.map(pathOf),
    legacyId: digestHex((layers.at(-1) ?? config).digest),
    sources: Object.fromEntries(foreign),
  };
}

/** OCI image-spec, image-layout.md, "Blobs". */
function pathOf({ digest }: Pick<Descriptor, "digest">): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

function blobFile(
  store: Store,
  { digest, sizeBytes }: BlobInfo,
  { path, signal }: SaveContext & { readonly path: string },
): TarFile {
  const options = signal === undefined ? {} : { signal };
  return { path, sizeBytes, content: () => store.open(digest, options) };
}
