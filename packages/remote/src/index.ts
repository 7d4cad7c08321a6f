export { RemoteError, type RemoteErrorCode } from "./errors.ts";
export { type OpenRegistryOptions, openRegistry } from "./open-registry.ts";
export { fetchBlob } from "./pull/fetch-layer.ts";
export {
  type PullEvent,
  type PulledImage,
  type PulledLayer,
  type PullOptions,
  pullImage,
} from "./pull/pull.ts";
export { type LayerClaims, verifyPulled } from "./pull/unverified.ts";
export {
  type PushEvent,
  type PushedHow,
  type PushedImage,
  type PushedLayer,
  type PushOptions,
  pushImage,
} from "./push/push.ts";
export type {
  BlobUpload,
  OpenBlobOptions,
  PutBlobOptions,
  PutBlobResult,
  PutManifestOptions,
  Registry,
  RemoteBlob,
  RemoteManifest,
  RemoteRepository,
  RequestOptions,
} from "./registry.ts";
