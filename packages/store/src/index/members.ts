import {
  type Digest,
  digestFromKey,
  digestKey,
  LIMITS,
  type Member,
  type MemberKey,
  type MemberKind,
} from "@shale/content";
import type { IndexDb } from "./index-db.ts";
import { pages } from "./rows.ts";

/**
 * Members of repositories, under two keys, which are written and removed together. FORMAT.md, "Index".
 *
 *   members    name, 0, kind, blob key  → what is known of it      lists a repository
 *   memberOf   blob key, kind, name     → true                     finds what keeps a blob
 *
 * A name has no byte below "-", so that its end sorts before anything that a longer name goes on with.
 */

export interface MemberRow {
  readonly addedMs: number;
  readonly note: string;
}

const KIND_BYTE: Record<MemberKind, number> = { blob: 1, manifest: 2 };
const LAST_KIND = 2;
const KINDS = ["blob", "manifest"] as const;

export function getMember(db: IndexDb, repository: string, key: MemberKey): MemberRow | undefined {
  return db.members.get(memberKey(repository, key)) as MemberRow | undefined;
}

/** Only inside of a transaction. */
export function putMember(
  db: IndexDb,
  repository: string,
  { digest, kind, addedMs, note }: Member,
): void {
  db.members.put(memberKey(repository, { digest, kind }), { addedMs, note } satisfies MemberRow);
  db.memberOf.put(memberOfKey(repository, { digest, kind }), true);
}

/** Only inside of a transaction. */
export function dropMember(db: IndexDb, repository: string, key: MemberKey): void {
  db.members.remove(memberKey(repository, key));
  db.memberOf.remove(memberOfKey(repository, key));
}

/** In the order of their digests; of two kinds, blobs first. */
export function* membersOf(
  db: IndexDb,
  repository: string,
  { kind, after }: { readonly kind?: MemberKind | undefined; readonly after?: Digest | undefined },
): Generator<Member> {
  const wanted = kind === undefined ? KINDS : [kind];
  const lists = wanted.map((one) => membersOfKind(db, repository, { kind: one, after }));
  const heads = lists.map((list) => list.next());
  for (;;) {
    let first: { readonly at: number; readonly member: Member } | undefined;
    for (const [at, head] of heads.entries()) {
      if (head.done || (first && first.member.digest <= head.value.digest)) continue;
      first = { at, member: head.value };
    }
    if (first === undefined) return;
    yield first.member;
    heads[first.at] = lists[first.at]!.next();
  }
}

function* membersOfKind(
  db: IndexDb,
  repository: string,
  { kind, after }: { readonly kind: MemberKind; readonly after: Digest | undefined },
): Generator<Member> {
  const prefix = listKey(repository, kind);
  const start = after === undefined ? prefix : Buffer.concat([prefix, digestKey(after)]);
  for (const { key, value } of pages(db.members.scan, start)) {
    if (!startsWith(key, prefix)) return;
    const digest = digestFromKey(key.subarray(prefix.length));
    if (digest === after) continue;
    const { addedMs, note } = value as MemberRow;
    yield { digest, kind, addedMs, note };
  }
}

/** One look-up for each, however many members it has. */
export function* repositoryNames(
  db: IndexDb,
  { after, prefix = "" }: { readonly after?: string; readonly prefix?: string },
): Generator<string> {
  // No name is longer, and so none stands between this and what was cut off.
  const longest = LIMITS.repositoryNameBytes + 1;
  const wanted = Buffer.from(prefix).subarray(0, longest);
  let start: Uint8Array = wanted;
  if (after !== undefined) {
    const behind = pastName(Buffer.from(after).subarray(0, longest));
    if (Buffer.compare(behind, start) > 0) start = behind;
  }
  for (;;) {
    const [entry] = db.members.scan({ start, limit: 1 });
    if (entry === undefined || !startsWith(entry.key, wanted)) return;
    const name = entry.key.subarray(0, entry.key.indexOf(0));
    yield name.toString();
    start = pastName(name);
  }
}

/** Behind every member of that repository, before every longer name. */
function pastName(name: Uint8Array): Buffer {
  return Buffer.concat([name, Uint8Array.of(1)]);
}

export function* repositoriesOf(db: IndexDb, { digest, kind }: MemberKey): Generator<string> {
  const prefix = ownerKey({ digest, kind });
  for (const { key } of pages(db.memberOf.scan, prefix)) {
    if (!startsWith(key, prefix)) return;
    yield key.toString("utf8", prefix.length);
  }
}

/** A repository that the blob is a member of, as either kind. */
export function anyRepositoryOf(db: IndexDb, digest: Digest): string | undefined {
  for (const kind of KINDS) {
    for (const repository of repositoriesOf(db, { digest, kind })) return repository;
  }
  return undefined;
}

/** The blobs that are members of any repository, each once. */
export function* memberBlobs(db: IndexDb): Generator<Digest> {
  let last: Digest | undefined;
  for (const { key } of pages(db.memberOf.scan)) {
    const digest = blobOf(key);
    if (digest !== last) yield digest;
    last = digest;
  }
}

/** The last byte that is in no name is the kind. */
function blobOf(key: Buffer): Digest {
  return digestFromKey(
    key.subarray(
      0,
      key.findLastIndex((byte) => byte <= LAST_KIND),
    ),
  );
}

function memberKey(repository: string, { digest, kind }: MemberKey): Buffer {
  return Buffer.concat([listKey(repository, kind), digestKey(digest)]);
}

/** What the keys of a repository's members of one kind begin with. */
function listKey(repository: string, kind: MemberKind): Buffer {
  return Buffer.from([...Buffer.from(repository), 0, KIND_BYTE[kind]]);
}

function memberOfKey(repository: string, { digest, kind }: MemberKey): Buffer {
  return Buffer.concat([ownerKey({ digest, kind }), Buffer.from(repository)]);
}

/** What the keys of a member's repositories begin with. */
function ownerKey({ digest, kind }: MemberKey): Buffer {
  return Buffer.concat([digestKey(digest), Uint8Array.of(KIND_BYTE[kind])]);
}

function startsWith(key: Buffer, prefix: Uint8Array): boolean {
  return key.subarray(0, prefix.length).equals(prefix);
}
