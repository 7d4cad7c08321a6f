import {
  type BlobInfo,
  type BlobSource,
  ContentError,
  type Digest,
  hasCode,
  type Ingested,
  type Lease,
  LIMITS,
} from "@shale/content";
import { findRecipe } from "../gzip/find-recipe.ts";
import type { IndexDb } from "../index/index-db.ts";
import { type BlobEntry, blobInfo, getBlob } from "../index/rows.ts";
import { type BlobHead, encodeSums } from "../packs/blob-record.ts";
import type { PackReader } from "../packs/pack-reader.ts";
import { RECORD_KIND } from "../packs/record.ts";
import {
  dropStagedCopy,
  openFileSource,
  promotePart,
  rewritePart,
  stagedPath,
  takeBackPart,
} from "../staged.ts";
import type { StepListener } from "../steps.ts";
import { compress } from "../workers/compress.ts";
import type { WorkPool } from "../workers/work-pool.ts";
import { type BlobCommitter, StagedCopyGone } from "./blob-committer.ts";
import { describeArrival, describeUnread } from "./describe.ts";
import { type GiveWay, paced } from "./paced-source.ts";
import type { PartSummary } from "./part-file.ts";
import { type OnProgress, portion } from "./progress.ts";
import type { Settler } from "./settler.ts";

/** A blob whose bytes are on disk, and what is known of it. */
export interface Arrival {
  readonly digest: Digest;
  /** Of all its bytes; the diffID when they are a tar. */
  readonly sha256: Digest;
  readonly source: BlobSource;
  readonly summary: PartSummary;
  /** Whose file they are in; small ones may be in none. */
  readonly ingestId?: string;
}

export interface KeepOptions {
  readonly links: readonly Digest[];
  readonly lease: Lease | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
}

export interface SettleOptions extends Pick<KeepOptions, "signal" | "onProgress"> {
  readonly giveWay?: GiveWay | undefined;
}

/** What became of settling a blob; a reason when it was tried and stays whole. */
interface Outcome {
  readonly settled: Ingested | undefined;
  readonly reason?: string;
}

export interface KeeperContext {
  readonly db: IndexDb;
  readonly packs: PackReader;
  /** Threads that find recipes of gzip blobs. */
  readonly gzipWorkers: WorkPool;
  readonly stagedPath: string;
  readonly committer: BlobCommitter;
  readonly settler: Settler;
  readonly onStep: StepListener;
  /** Whether a commit settles what it can before it returns, or leaves it staged for later. */
  readonly settleAtCommit: boolean;
}

/** Content that does not get smaller than this part of itself gains nothing from being taken apart. */
const WORTH_SETTLING = 0.95;

const ZSTD = "zstd streams are kept whole: no model of their encoders is known";
const DENSE = "it gets no smaller by being compressed";
const NOT_MADE_AGAIN = "it could not be made again from what was stored";

/** Decides how a blob is kept, and commits it: inside a pack, as a recipe, or whole in `staged/`. */
export class Keeper {
  readonly #context: KeeperContext;

  constructor(context: KeeperContext) {
    this.#context = context;
  }

  async keep(arrival: Arrival, options: KeepOptions): Promise<Ingested> {
    const { committer, settleAtCommit } = this.#context;
    const known = await committer.existing(arrival.digest, options);
    if (known) return await this.#asKnown(known, options);
    const about = await this.#describe(arrival, options.links);
    committer.checkLinks(about);
    const isSmall = about.sizeBytes <= LIMITS.inlineBlobBytes;
    if (isSmall && !isLayer(about.encoding)) {
      return await this.#keepInline(arrival.source, about, options);
    }
    const tried: Outcome = settleAtCommit
      ? await this.#settle(arrival.source, about, options)
      : { settled: undefined };
    if (tried.settled) return tried.settled;
    if (isSmall) return await this.#keepInline(arrival.source, about, options);
    const { reason } = tried;
    const { ingestId } = arrival;
    if (ingestId === undefined) throw new TypeError(`stage blob ${about.digest}: it is in no file`);
    return await this.#stage(
      { ...arrival, ingestId },
      { ...about, ...(reason !== undefined && { reason }) },
      options,
    );
  }

  /** One that was left for later by another process is settled as one that comes now. */
  async #asKnown(known: Ingested, options: KeepOptions): Promise<Ingested> {
    const isLeft = known.state === "staged" && known.reason === undefined;
    if (!isLeft || !this.#context.settleAtCommit) return known;
    try {
      return { ...known, ...(await this.settleStaged(known.digest, options)) };
    } catch {
      // What is here is no worse than it was, and says so when it is read.
      options.signal?.throwIfAborted();
      return known;
    }
  }

  /** Settles a blob that was left staged, and drops the staged copy. */
  async settleStaged(digest: Digest, options: SettleOptions): Promise<BlobInfo | undefined> {
    const { db, stagedPath: stagedDirectory } = this.#context;
    const blob = getBlob(db, digest);
    if (blob?.form !== "staged") return blob && blobInfo(blob);
    const { place: _, form: __, reason: before, ...found } = blob;
    const path = stagedPath(stagedDirectory, digest);
    const keeping = { links: [], lease: undefined, ...options, onlyIfHere: true };
    try {
      await using source = await openFileSource(path);
      const isUnread = found.encoding === "unread";
      const about = isUnread
        ? { ...found, ...(await describeUnread(paced(source, options.giveWay), options.signal)) }
        : found;
      const { settled, reason } = await this.#settle(source, about, keeping);
      if (settled?.state !== "settled") {
        if (reason !== undefined && reason !== before)
          await this.#putReason({ ...blob, ...about }, reason);
        return blobInfo({ ...blob, ...about, ...(reason !== undefined && { reason }) });
      }
      await dropStagedCopy(db, { stagedDirectory, digest });
      this.#context.onStep("staged-dropped");
      return settled;
    } catch (error) {
      db.refresh();
      const now = getBlob(db, digest);
      // Deleted, or settled by somebody else.
      if (now?.form !== "staged") return now && blobInfo(now);
      const isDamage = hasCode(error, "DIGEST_MISMATCH") || hasCode(error, "ENOENT");
      throw isDamage ? lostCopy(digest, error) : error;
    }
  }

  /** Settles a source, when that can be worth it. */
  async #settle(
    source: BlobSource,
    about: Omit<BlobHead, "form">,
    options: SettleOptions & { readonly lease: Lease | undefined; readonly onlyIfHere?: boolean },
  ): Promise<Outcome> {
    const { settler, gzipWorkers: workers } = this.#context;
    const { lease, signal, onProgress, giveWay, onlyIfHere = false } = options;
    const request = { head: about, lease, signal, onProgress, giveWay, onlyIfHere };
    if (isGzip(about.encoding)) {
      const { sizeBytes, uncompressedBytes = 0 } = about;
      const half = Math.floor(sizeBytes / 2);
      const finding = portion(onProgress, { of: sizeBytes, to: half });
      const finder = { workers, signal, onProgress: finding };
      const gzip = await findRecipe(paced(source, giveWay), finder);
      if ("reason" in gzip) return { settled: undefined, reason: gzip.reason };
      const plain = about.encoding === "gzip";
      const settling = portion(onProgress, { of: uncompressedBytes, to: sizeBytes - half });
      const ofContent = { ...request, onProgress: settling, plain, gzip };
      const settled = await settler.settle(source, ofContent);
      return settled ? { settled } : { settled, reason: NOT_MADE_AGAIN };
    }
    if (!(await isWorthSettling(source, about.encoding))) {
      const isOpaque = about.encoding === "opaque";
      return { settled: undefined, reason: isOpaque ? DENSE : ZSTD };
    }
    const settled = await settler.settle(source, { ...request, plain: about.encoding !== "tar" });
    return settled ? { settled } : { settled, reason: NOT_MADE_AGAIN };
  }

  /** Notes with a staged blob why it stays so. */
  async #putReason(blob: BlobEntry, reason: string): Promise<void> {
    const { committer, packs } = this.#context;
    const { body } = await packs.read(blob.place, RECORD_KIND.blob);
    const { place: _, ...head } = blob;
    const options = { lease: undefined, newBytes: 0, onlyIfHere: true };
    await committer.put({ ...head, reason }, body, options);
  }

  async #keepInline(
    source: BlobSource,
    about: Omit<BlobHead, "form">,
    { lease }: KeepOptions,
  ): Promise<Ingested> {
    const bytes = new Uint8Array(about.sizeBytes);
    await source.read(bytes, 0);
    const body = await compress(bytes);
    return await this.#context.committer.put({ ...about, form: "inline" }, body, {
      lease,
      newBytes: 0,
    });
  }

  async #stage(
    arrival: Arrival & { readonly ingestId: string },
    about: Omit<BlobHead, "form">,
    { lease }: Pick<KeepOptions, "lease">,
  ): Promise<Ingested> {
    const { committer, onStep, stagedPath: stagedDirectory } = this.#context;
    const head: BlobHead = { ...about, form: "staged" };
    const body = encodeSums(arrival.summary.rangeSums);
    const stagedCopy = stagedPath(stagedDirectory, arrival.digest);
    for (;;) {
      await promotePart(stagedDirectory, arrival);
      onStep("staged-synced");
      try {
        return await committer.put(head, body, { lease, newBytes: about.sizeBytes, stagedCopy });
      } catch (error) {
        if (error instanceof StagedCopyGone) {
          await rewritePart(stagedDirectory, arrival);
          continue;
        }
        const { ingestId, digest } = arrival;
        await takeBackPart(this.#context.db, { stagedDirectory, ingestId, digest });
        throw error;
      }
    }
  }

  async #describe(arrival: Arrival, links: readonly Digest[]): Promise<Omit<BlobHead, "form">> {
    const { digest, summary } = arrival;
    const before = getBlob(this.#context.db, digest)?.links ?? [];
    return {
      digest,
      sizeBytes: summary.sizeBytes,
      links: [...new Set([...before, ...links])],
      ...(await describeArrival(arrival)),
    };
  }
}

function lostCopy(digest: Digest, cause: unknown): ContentError {
  const message = `settle blob ${digest}: its staged copy is not what was stored; run \`shale verify\``;
  return new ContentError("CORRUPT", message, { cause });
}

/** Layers are settled whatever their size: small ones share their content, too. */
function isLayer(encoding: BlobHead["encoding"]): boolean {
  return encoding === "tar" || encoding === "tar+gzip";
}

function isGzip(encoding: BlobHead["encoding"]): boolean {
  return encoding === "tar+gzip" || encoding === "gzip";
}

/** Tars are; zstd streams are not, since their encoders are not known; other content when a sample of it compresses. */
export async function isWorthSettling(
  source: BlobSource,
  encoding: BlobHead["encoding"],
): Promise<boolean> {
  if (encoding === "tar") return true;
  if (encoding !== "opaque") return false;
  const sample = new Uint8Array(Math.min(LIMITS.blockBytes, source.sizeBytes));
  await source.read(sample, 0);
  return (await compress(sample)).length < sample.length * WORTH_SETTLING;
}
