import type { Digest } from "./digest.ts";

/** A mutable name for a blob; a tag keeps its blob, and what that links to, from collection. */
export interface Tag {
  readonly name: string;
  readonly digest: Digest;
  /** When the tag last moved, in milliseconds since 1970. */
  readonly updatedMs: number;
}

export interface TagChange {
  readonly name: string;
  /** What it names from now on; nothing any more when `undefined`. */
  readonly digest: Digest | undefined;
}

export interface TagStore {
  resolve(name: string): Promise<Tag | undefined>;
  /** Creates or moves a tag. @throws ContentError `BLOB_UNKNOWN`, `TAG_INVALID` */
  tag(name: string, digest: Digest): Promise<void>;
  /** `false` when there is no such tag. */
  untag(name: string): Promise<boolean>;
  /** All of the changes at once, or none. @throws ContentError `BLOB_UNKNOWN`, `TAG_INVALID` */
  changeTags(changes: readonly TagChange[]): Promise<void>;
  /** In the order of the bytes of their names. */
  tags(options?: { readonly prefix?: string }): AsyncIterable<Tag>;
}
