import type { Digest } from "./digest.ts";

/**
 * A blob that belongs to a repository: it may be read there, and is kept from collection, with what it links to, until it is
 * taken out again. A blob may belong to many repositories, and to one as a blob and as a manifest at once.
 */
export interface Member {
  readonly digest: Digest;
  readonly kind: MemberKind;
  /** When it came, in milliseconds since 1970. */
  readonly addedMs: number;
  /** What whoever added it needs to know of it, as the media type of a manifest; at most `LIMITS.memberNoteBytes` of UTF-8. */
  readonly note: string;
}

export type MemberKind = "blob" | "manifest";

export type NewMember = Omit<Member, "addedMs">;

export interface MemberKey {
  readonly digest: Digest;
  readonly kind: MemberKind;
}

/** Namespaces of blobs. Names of tags are not theirs: see `TagStore`. */
export interface RepositoryStore {
  /** Names of those that have members, in the order of their bytes. */
  repositories(options?: {
    readonly after?: string;
    readonly prefix?: string;
  }): AsyncIterable<string>;
  member(repository: string, key: MemberKey): Promise<Member | undefined>;
  /** In the order of their digests. */
  members(
    repository: string,
    options?: { readonly kind?: MemberKind; readonly after?: Digest },
  ): AsyncIterable<Member>;
  /** The repositories that a blob belongs to, in the order of their bytes. */
  repositoriesOf(key: MemberKey): AsyncIterable<string>;
  /**
   * Durable when it resolves, all or none, `LIMITS.membersPerAdd` of them at most. A member that is there keeps its time, and
   * gets the new note.
   * @throws ContentError `BLOB_UNKNOWN`, `REPOSITORY_INVALID`, `LIMIT_EXCEEDED`
   */
  addMembers(repository: string, members: Iterable<NewMember>): Promise<void>;
  /** `false` when it was not there. */
  removeMember(repository: string, key: MemberKey): Promise<boolean>;
}
