export type { ArchiveInput, Progress } from "./archive/open.ts";
export { blobTypes } from "./blob-types.ts";
export { type HistoryStep, type ImageConfig, parseConfig } from "./config.ts";
export { ImageError, type ImageErrorCode } from "./errors.ts";
export {
  hostPlatform,
  type Image,
  type ImageManifest,
  imageIdOf,
  mainManifest,
  readConfig,
  readImage,
} from "./image.ts";
export { IMAGE_LIMITS, type ImageLimits } from "./limits.ts";
export { type ListedImage, type ListImagesOptions, listImages } from "./list.ts";
export { type LoadedImage, type LoadOptions, loadImages } from "./load/load.ts";
export type { LoadedLayer } from "./load/take-blobs.ts";
export { type Index, type Manifest, parseManifest } from "./manifest.ts";
export {
  familiarForm,
  familiarRepository,
  normalForm,
  parseReference,
  type Reference,
  repositoryName,
  withDefaultTag,
} from "./reference.ts";
export { type RemovedImage, removeImage } from "./remove.ts";
export { type ResolvedImage, resolveImage } from "./resolve.ts";
export { type SaveOptions, saveImages } from "./save/save.ts";
export { tagImage } from "./tag.ts";
export { type ImageUsage, imageUsage } from "./usage.ts";
