import type { Digest, NewMember, Store } from "@shale/content";
import { ImageError, parseManifest, readBlob } from "@shale/image";
import type { TagNames } from "../tag-names.ts";
import { namedBy } from "./named.ts";
import { type ManifestNote, noteOf, parseNote } from "./notes.ts";

/** A manifest of a repository. */
export interface FoundManifest extends ManifestNote {
  readonly digest: Digest;
}

export interface Place {
  readonly store: Store;
  readonly names: TagNames;
}

/**
 * The manifest that a tag names. A tag may be given by other means than a push, as `shale tag nginx localhost:5000/nginx` does: its
 * image becomes a part of the repository when the tag is asked for.
 */
export async function findTag(
  { store, names }: Place,
  repository: string,
  tag: string,
): Promise<FoundManifest | undefined> {
  const named = await store.resolve(names.nameOf(repository, tag));
  if (named === undefined) return undefined;
  const { digest } = named;
  return (
    (await findManifest(store, repository, digest)) ?? (await adopt(store, repository, digest))
  );
}

export async function findManifest(
  store: Store,
  repository: string,
  digest: Digest,
): Promise<FoundManifest | undefined> {
  const member = await store.member(repository, { digest, kind: "manifest" });
  const note = member && parseNote(member.note);
  return note && { digest, ...note };
}

/**
 * Gives a manifest of the repository a tag. The image that had it stays where it is: one that came by other means than a push
 * would lose with its last name what keeps it.
 */
export async function moveTag(
  place: Place,
  repository: string,
  { tag, digest }: { readonly tag: string; readonly digest: Digest },
): Promise<void> {
  await findTag(place, repository, tag);
  await place.store.tag(place.names.nameOf(repository, tag), digest);
}

/** The tags of a repository, in the order of their bytes. */
export async function* tagsOf(
  { store, names }: Place,
  repository: string,
): AsyncGenerator<{ readonly tag: string; readonly digest: Digest }> {
  for await (const { name, digest } of store.tags({ prefix: names.prefixOf(repository) })) {
    const tag = names.parse(name)?.tag;
    if (tag !== undefined) yield { tag, digest };
  }
}

/** Makes members of all that is here of an image; `undefined` for what is none. */
async function adopt(
  store: Store,
  repository: string,
  digest: Digest,
): Promise<FoundManifest | undefined> {
  const members = new Map<string, NewMember>();
  await using lease = await store.lease();
  if (!(await lease.protect(digest))) return undefined;
  try {
    await collectMembers(store, digest, members);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
  await store.addMembers(repository, members.values());
  return await findManifest(store, repository, digest);
}

/** What a manifest links to is what is here of it. */
async function collectMembers(
  store: Store,
  digest: Digest,
  members: Map<string, NewMember>,
): Promise<void> {
  const key = `manifest ${digest}`;
  if (members.has(key)) return;
  const document = parseManifest(await readBlob(store, digest), { what: digest });
  members.set(key, { digest, kind: "manifest", note: noteOf(document) });
  const links = new Set((await store.stat(digest))?.links);
  for (const { digest: named, kind } of namedBy(document)) {
    if (!links.has(named)) continue;
    if (kind === "manifest") await collectMembers(store, named, members);
    else members.set(`blob ${named}`, { digest: named, kind, note: "" });
  }
}
