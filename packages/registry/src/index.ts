export {
  type Action,
  type Authority,
  type Caller,
  type Deed,
  type Identity,
  type Impostor,
  isImpostor,
} from "./access.ts";
export type { Record as RequestRecord } from "./answer-to.ts";
export { RegistryError, type RegistryErrorCode, type RegistryErrorOptions } from "./errors.ts";
export { REGISTRY_LIMITS, type RegistryLimits } from "./limits.ts";
export type { UpstreamOptions } from "./pull-through.ts";
export { createRegistry, type Registry, type RegistryOptions } from "./registry.ts";
export type { Sparse } from "./repository/admit.ts";
export type { QuotaOf } from "./repository/quotas.ts";
export type { RequestKind } from "./requests.ts";
export type {
  FetchBlobOptions,
  Upstream,
  UpstreamBlob,
  UpstreamManifest,
} from "./upstream.ts";
