import { ContentError, type Digest, digestKey } from "@shale/content";
import type { RebuiltCache } from "../cache/rebuilt-cache.ts";
import type { IndexDb } from "../index/index-db.ts";
import { anyRepositoryOf, memberBlobs } from "../index/members.ts";
import { allBlobs, allTags, type BlobEntry, getBlob } from "../index/rows.ts";
import type { Journal } from "../journal.ts";
import { protectedBlobs } from "../leases.ts";
import { dropStagedCopy } from "../staged.ts";
import type { StepListener } from "../steps.ts";

export interface ForgetContext {
  readonly db: IndexDb;
  readonly journal: Journal;
  readonly stagedPath: string;
  readonly cache: RebuiltCache;
  readonly onStep: StepListener;
}

/**
 * Forgets one blob.
 * @throws ContentError `BLOB_IN_USE`
 */
export async function forgetBlob(context: ForgetContext, digest: Digest): Promise<boolean> {
  const { db } = context;
  const forgotten = await forget(context, () => {
    const blob = getBlob(db, digest);
    if (blob === undefined) return [];
    const keeper = keeperOf(db, digest);
    if (keeper === undefined) return [blob];
    throw new ContentError("BLOB_IN_USE", `delete blob ${digest}: ${keeper} keeps it`);
  });
  return forgotten.length > 0;
}

/** Forgets every blob that no tag, no repository and no lease reaches. */
export async function forgetUnreachable(context: ForgetContext): Promise<readonly BlobEntry[]> {
  const { db } = context;
  return await forget(context, () => {
    const alive = reachable(db);
    return [...allBlobs(db)].filter((blob) => !alive.has(blob.digest));
  });
}

/** What is forgotten is chosen in the same transaction in which it goes, so that no tag and no member can come between. */
async function forget(
  { db, journal, stagedPath: stagedDirectory, cache, onStep }: ForgetContext,
  choose: () => readonly BlobEntry[],
): Promise<readonly BlobEntry[]> {
  const forgotten = await journal.commit((write) => {
    const blobs = choose();
    write(blobs.map(({ digest }) => ({ kind: "forget", digest })));
    for (const { digest } of blobs) db.blobs.remove(digestKey(digest));
    return blobs;
  });
  if (forgotten.length > 0) onStep("blobs-forgotten");
  for (const { form, digest } of forgotten) {
    if (form === "staged") await dropStagedCopy(db, { stagedDirectory, digest });
    if (form === "gzip") await cache.drop(digest);
  }
  return forgotten;
}

/** What tags, repositories and leases name, and whatever that links to. */
function reachable(db: IndexDb): Set<Digest> {
  const alive = new Set<Digest>();
  const rest: Digest[] = [...protectedBlobs(db), ...memberBlobs(db)];
  for (const tag of allTags(db)) rest.push(tag.digest);
  for (let digest = rest.pop(); digest !== undefined; digest = rest.pop()) {
    if (alive.has(digest)) continue;
    const blob = getBlob(db, digest);
    if (blob === undefined) continue;
    alive.add(digest);
    rest.push(...blob.links);
  }
  return alive;
}

function keeperOf(db: IndexDb, digest: Digest): string | undefined {
  for (const tag of allTags(db)) if (tag.digest === digest) return `tag ${tag.name}`;
  const repository = anyRepositoryOf(db, digest);
  if (repository !== undefined) return `repository ${repository}`;
  for (const blob of allBlobs(db)) {
    if (blob.digest !== digest && blob.links.includes(digest)) return `blob ${blob.digest}`;
  }
  return undefined;
}
