import { CodedError } from "@shale/content";

/** What can go wrong with images. Append only: a code never changes its meaning. */
export type ImageErrorCode =
  /** Text is not an image's name. */
  | "REFERENCE_INVALID"
  /** No image of that name or id is in the store. */
  | "IMAGE_UNKNOWN"
  /** An id's beginning fits several images. */
  | "IMAGE_AMBIGUOUS"
  /** An image that is to go by its id has several names. */
  | "IMAGE_IN_USE"
  /** Neither a docker archive nor an OCI layout, or not there at all. */
  | "NOT_AN_ARCHIVE"
  /** An archive that is cut short, damaged, or that contradicts itself. */
  | "ARCHIVE_INVALID"
  /** A manifest, an index or a config is not what it should be. */
  | "DOCUMENT_INVALID"
  /** A manifest or an index that could be read as something else, too. */
  | "DOCUMENT_AMBIGUOUS"
  /**
   * A manifest, an index or a config larger than `IMAGE_LIMITS.documentBytes`, or too many of them.
   */
  | "DOCUMENT_TOO_LARGE"
  /** A manifest names a blob that did not come with it. */
  | "BLOB_ABSENT"
  /** A layer is not the one that the image's config names, or their numbers differ. */
  | "LAYER_MISMATCH"
  /** What images are asked for by is no filter. */
  | "FILTER_INVALID"
  /** What was asked to be saved cannot be said in the form that was asked for. */
  | "FORMAT_UNSUPPORTED";

export class ImageError extends CodedError<ImageErrorCode> {}
