export type {
  BlobDeleter,
  BlobEncoding,
  BlobInfo,
  BlobLister,
  BlobReader,
  BlobState,
  ByteRange,
  GzipInfo,
  OpenOptions,
} from "./blob.ts";
export { bytesSource } from "./bytes-source.ts";
export type { Descriptor, Platform } from "./descriptor.ts";
export {
  type ChainId,
  type DiffId,
  type Digest,
  type DigestAlgorithm,
  diffIdAsDigest,
  digestAlgorithm,
  digestAsDiffId,
  digestBytes,
  digestFromBytes,
  digestFromKey,
  digestHex,
  digestKey,
  isDigest,
  parseDiffId,
  parseDigest,
} from "./digest.ts";
export { CodedError, ContentError, type ContentErrorCode, hasCode } from "./errors.ts";
export { assertHint, type Hint, type HintChange, type HintStore } from "./hints.ts";
export { type Compression, guessCompression, inflate } from "./inflate.ts";
export type {
  BlobIngester,
  BlobSource,
  BlobWriter,
  Expectation,
  Ingested,
  IngestId,
  IngestOptions,
  IngestSourceOptions,
  WriteOptions,
} from "./ingest.ts";
export { isIngestId, parseIngestId } from "./ingest-id.ts";
export type { Lease, Leaser } from "./lease.ts";
export { LIMITS } from "./limits.ts";
export { resolveRange } from "./range.ts";
export type {
  Member,
  MemberKey,
  MemberKind,
  NewMember,
  RepositoryStore,
} from "./repositories.ts";
export { assertRepositoryName, checkMembers, isRepositoryName } from "./repository-name.ts";
export {
  allDigests,
  type Collector,
  type CollectReport,
  type Store,
  type Verifier,
  type VerifyError,
  type VerifyReport,
  type WorkOptions,
} from "./store.ts";
export { assertTagName, isTagName } from "./tag-name.ts";
export type { Tag, TagChange, TagStore } from "./tags.ts";
