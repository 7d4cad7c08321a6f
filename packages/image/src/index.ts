export type { ArchiveInput, Progress } from "./archive/open.ts";
export { blobTypes } from "./blob-types.ts";
export { chainIds } from "./chain-id.ts";
export { type HistoryStep, type ImageConfig, parseConfig } from "./config.ts";
export { ImageError, type ImageErrorCode } from "./errors.ts";
export { type ImageFilter, parseImageFilter } from "./filter.ts";
export { globToPattern } from "./glob.ts";
export { type HistoryEntry, type HistoryLayer, imageHistory } from "./history.ts";
export {
  hostPlatform,
  type Image,
  type ImageManifest,
  imageIdOf,
  isAttestation,
  mainManifest,
  readConfig,
  readImage,
} from "./image.ts";
export { inParallel } from "./in-parallel.ts";
export { type InspectedImage, inspectImage } from "./inspect.ts";
export { diffIdOf, isUnread, openLayerTar, tarSize, verifyDiffId } from "./layer-tar.ts";
export { IMAGE_LIMITS, type ImageLimits } from "./limits.ts";
export { type ListedImage, type ListImagesOptions, listImages } from "./list.ts";
export { type LoadedImage, type LoadOptions, loadImages } from "./load/load.ts";
export type { LoadedLayer } from "./load/take-blobs.ts";
export { type Index, type Manifest, parseManifest } from "./manifest.ts";
export {
  gzipTypeOf,
  isForeignLayerType,
  isImageConfigType,
  isIndexType,
  isManifestType,
  MANIFEST_TYPES,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER,
  OCI_MANIFEST,
  ociLayerType,
} from "./media-types.ts";
export { giveName, keepNameless, nameCompressed, resolveCompressed } from "./names.ts";
export { platformText } from "./platform.ts";
export {
  familiarForm,
  familiarRepository,
  normalForm,
  parseReference,
  type Reference,
  repositoryName,
  tryParseReference,
  withDefaultTag,
} from "./reference.ts";
export { type RemovedImage, removeImage } from "./remove.ts";
export { type ResolvedImage, resolveImage } from "./resolve.ts";
export { type SaveOptions, saveImages } from "./save/save.ts";
export { putBytes, putDocument, readBlob } from "./store-bytes.ts";
export { tagImage } from "./tag.ts";
export { type ImageUsage, imageUsage } from "./usage.ts";
