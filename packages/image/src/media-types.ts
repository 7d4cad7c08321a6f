/**
 * Media types, by what they mean here. OCI image-spec, media-types.md; Docker's image-spec, "V2.2".
 */

export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
export const DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
export const DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";

/** What may be asked of a registry for the name of an image, the newer forms first. */
export const MANIFEST_TYPES: readonly string[] = [
  OCI_INDEX,
  OCI_MANIFEST,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
];

const OCI_FOREIGN_LAYER = "application/vnd.oci.image.layer.nondistributable.v1.tar";
const DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar";

const PLAIN_LAYERS = [OCI_LAYER, DOCKER_LAYER, OCI_FOREIGN_LAYER, DOCKER_FOREIGN_LAYER];
const COMPRESSIONS = [".gzip", "+gzip", ".zstd", "+zstd"];

export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
}

export function isImageConfigType(mediaType: string): boolean {
  return mediaType === OCI_CONFIG || mediaType === DOCKER_CONFIG;
}

/** A layer of a file system, in a form that has a diffID: tar as it is, or compressed. */
export function isLayerType(mediaType: string): boolean {
  const plain = COMPRESSIONS.reduce(
    (type, ending) => (type.endsWith(ending) ? type.slice(0, -ending.length) : type),
    mediaType,
  );
  return PLAIN_LAYERS.includes(plain);
}

/** The type of a plain layer once it is gzip; `undefined` for what is no plain layer of the image's own. */
export function gzipTypeOf(mediaType: string): string | undefined {
  if (mediaType === OCI_LAYER) return `${OCI_LAYER}+gzip`;
  return mediaType === DOCKER_LAYER ? `${DOCKER_LAYER}.gzip` : undefined;
}

/** OCI's name for a layer's type; docker's have one each. */
export function ociLayerType(mediaType: string): string {
  return mediaType
    .replace(DOCKER_FOREIGN_LAYER, OCI_FOREIGN_LAYER)
    .replace(DOCKER_LAYER, OCI_LAYER)
    .replace(/\.(gzip|zstd)$/, "+$1");
}

/** A layer that may not be passed on, and that manifests may name without it being there. */
export function isForeignLayerType(mediaType: string): boolean {
  return mediaType.startsWith(OCI_FOREIGN_LAYER) || mediaType.startsWith(DOCKER_FOREIGN_LAYER);
}
