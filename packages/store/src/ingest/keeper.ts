import {
  type BlobInfo,
  type BlobSource,
  ContentError,
  type Digest,
  digestAlgorithm,
  digestAsDiffId,
  hasCode,
  type Ingested,
  type Lease,
  LIMITS,
} from "@shale/content";
import type { IndexDb } from "../index/index-db.ts";
import { blobInfo, getBlob } from "../index/rows.ts";
import { type BlobHead, encodeSums } from "../packs/blob-record.ts";
import {
  dropStagedCopy,
  openFileSource,
  promotePart,
  rewritePart,
  stagedPath,
  takeBackPart,
} from "../staged.ts";
import type { StepListener } from "../steps.ts";
import { compress } from "../workers/codec.ts";
import { type BlobCommitter, StagedCopyGone } from "./blob-committer.ts";
import type { PartSummary } from "./part-file.ts";
import type { Settler } from "./settler.ts";

/** A blob whose bytes are on disk, and what is known of it. */
export interface Arrival {
  readonly digest: Digest;
  /** Of all its bytes; the diffID when they are a tar. */
  readonly sha256: Digest;
  readonly source: BlobSource;
  readonly summary: PartSummary;
  readonly ingestId: string;
}

export interface KeepOptions {
  readonly links: readonly Digest[];
  readonly lease: Lease | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((advancedBytes: number) => void) | undefined;
}

export interface KeeperContext {
  readonly db: IndexDb;
  readonly stagedPath: string;
  readonly committer: BlobCommitter;
  readonly settler: Settler;
  readonly onStep: StepListener;
  /** Whether a commit settles what it can before it returns, or leaves it staged for later. */
  readonly settleAtCommit: boolean;
}

/** Content that does not get smaller than this part of itself gains nothing from being taken apart. */
const WORTH_SETTLING = 0.95;

/** Decides how a blob is kept, and commits it: inside a pack, as a recipe, or whole in `staged/`. */
export class Keeper {
  readonly #context: KeeperContext;

  constructor(context: KeeperContext) {
    this.#context = context;
  }

  async keep(arrival: Arrival, options: KeepOptions): Promise<Ingested> {
    const { committer } = this.#context;
    const known = await committer.existing(arrival.digest, options);
    if (known) return known;
    const about = this.#describe(arrival, options.links);
    committer.checkLinks(about);
    if (about.encoding !== "tar" && about.sizeBytes <= LIMITS.inlineBlobBytes) {
      return await this.#keepInline(arrival.source, about, options);
    }
    const settled =
      this.#context.settleAtCommit && (await this.#settle(arrival.source, about, options));
    return settled || (await this.#stage(arrival, about, options));
  }

  /** Settles a blob that was left staged, and drops the staged copy. */
  async settleStaged(
    digest: Digest,
    signal: AbortSignal | undefined,
  ): Promise<BlobInfo | undefined> {
    const { db, stagedPath: stagedDirectory } = this.#context;
    const blob = getBlob(db, digest);
    if (blob?.form !== "staged") return blob && blobInfo(blob);
    const { place: _, form: __, ...about } = blob;
    const path = stagedPath(stagedDirectory, digest);
    const nothing = { links: [], lease: undefined, onProgress: undefined };
    const options = { ...nothing, signal, onlyIfHere: true };
    try {
      await using source = await openFileSource(path);
      const settled = await this.#settle(source, about, options);
      if (settled?.state !== "settled") return blobInfo(blob);
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
    options: KeepOptions & { readonly onlyIfHere?: boolean },
  ): Promise<Ingested | undefined> {
    if (!(await isWorthSettling(source, about.encoding))) return undefined;
    const { lease, signal, onProgress, onlyIfHere = false } = options;
    const plain = about.encoding !== "tar";
    const request = { head: about, lease, plain, signal, onProgress, onlyIfHere };
    return await this.#context.settler.settle(source, request);
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
    arrival: Arrival,
    about: Omit<BlobHead, "form">,
    { lease }: KeepOptions,
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

  #describe(arrival: Arrival, links: readonly Digest[]): Omit<BlobHead, "form"> {
    const { digest, summary } = arrival;
    const before = getBlob(this.#context.db, digest)?.links ?? [];
    const about = {
      digest,
      sizeBytes: summary.sizeBytes,
      links: [...new Set([...before, ...links])],
    };
    if (summary.inflated) return { ...about, ...summary.inflated };
    if (summary.guess !== "tar") return { ...about, encoding: "opaque" };
    return { ...about, ...describeTar(arrival.sha256, summary.sizeBytes) };
  }
}

function lostCopy(digest: Digest, cause: unknown): ContentError {
  const message = `settle blob ${digest}: its staged copy is not what was stored; run \`shale verify\``;
  return new ContentError("CORRUPT", message, { cause });
}

/** A plain tar is its own uncompressed form. */
export function describeTar(
  sha256: Digest,
  sizeBytes: number,
): Pick<BlobHead, "encoding" | "diffId" | "uncompressedBytes"> & { encoding: "tar" } {
  if (digestAlgorithm(sha256) !== "sha256")
    throw new TypeError(`diffID of ${sha256}: not a sha256`);
  return { encoding: "tar", diffId: digestAsDiffId(sha256), uncompressedBytes: sizeBytes };
}

/** Tars are; compressed streams wait for their encoder to be known; other content when a sample of it compresses. */
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
