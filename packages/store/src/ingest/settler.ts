import { decodeRecipe, type Recipe, recipeOps } from "@shale/chunk";
import {
  type BlobSource,
  ContentError,
  type Digest,
  digestAlgorithm,
  digestFromBytes,
  hasCode,
  type Ingested,
  type Lease,
} from "@shale/content";
import { createDigester } from "@shale/hash";
import { digestSource } from "../digest-source.ts";
import type { FoundRecipe } from "../gzip/find-recipe.ts";
import { InflatedSource } from "../gzip/inflated-source.ts";
import type { SegmentMaker } from "../gzip/segment-maker.ts";
import type { ChunkIndex } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import type { OrdinalRun } from "../index/runs.ts";
import { type BlobHead, decodeRecipeBody, encodeRecipeBody } from "../packs/blob-record.ts";
import { contentBodyOf, encodeGzipBody } from "../packs/gzip-body.ts";
import type { PackReader } from "../packs/pack-reader.ts";
import { RECORD_KIND } from "../packs/record.ts";
import { settledBlob } from "../read/blob-reader.ts";
import type { RecipeReader } from "../read/recipe-reader.ts";
import type { Session, Work } from "../session.ts";
import { reapSessions } from "../upkeep/reap.ts";
import type { BlobCommitter, WrittenRecord } from "./blob-committer.ts";
import { ClaimLost, Claims } from "./claims.ts";
import type { GiveWay } from "./paced-source.ts";
import {
  RecipeTooLarge,
  type SettleContext,
  type SettledContent,
  settleContent,
} from "./settle.ts";

/** Starting over helps against other writers that died and collections that ran; both are rare. */
const ATTEMPTS = 8;

export interface SettlerContext extends SettleContext {
  readonly db: IndexDb;
  readonly session: Session;
  readonly chunks: ChunkIndex;
  readonly packs: PackReader;
  readonly recipes: RecipeReader;
  readonly maker: SegmentMaker;
  readonly committer: BlobCommitter;
  readonly packsPath: string;
}

export interface SettleRequest {
  readonly head: Omit<BlobHead, "form">;
  readonly lease: Lease | undefined;
  /** The blob is staged; when it is deleted meanwhile, settling it fails with `BLOB_UNKNOWN`. */
  readonly onlyIfHere?: boolean;
  /** Cut everything as content: for what is no tar. */
  readonly plain: boolean;
  /** The source is gzip, and is settled by what is in it and this recipe. */
  readonly gzip?: FoundRecipe;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((advancedBytes: number) => void) | undefined;
  readonly giveWay?: GiveWay | undefined;
}

/** When work goes on, and whether. */
type Pace = Pick<SettleRequest, "signal" | "giveWay">;

/** Turns sources into settled blobs. */
export class Settler {
  readonly #context: SettlerContext;

  constructor(context: SettlerContext) {
    this.#context = context;
  }

  /**
   * Settles a source and commits the blob. `undefined` when it cannot be made again from what was stored, or what it
   * counts on goes again and again: it has to be kept whole.
   * @throws ContentError `DIGEST_MISMATCH` when the source does not have the head's digest, `BLOB_UNKNOWN`
   */
  async settle(source: BlobSource, request: SettleRequest): Promise<Ingested | undefined> {
    const { session } = this.#context;
    // Over all attempts: what an earlier one stored must not be collected before the next one uses it.
    let work = await session.beginWork();
    try {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        try {
          return await this.#attempt(source, { ...request, work });
        } catch (error) {
          if (error instanceof RecipeTooLarge) return undefined;
          const isLost = await session.isLost(work);
          if (!isLost && !(error instanceof ClaimLost)) throw error;
          // Without its session, what it wrote may be gone: whatever that looked like is not the reason.
          if (isLost) work = await session.beginWork();
        }
      }
      return undefined;
    } finally {
      await session.endWork(work);
    }
  }

  async #attempt(
    source: BlobSource,
    request: SettleRequest & { readonly work: Work },
  ): Promise<Ingested | undefined> {
    const { db, session, chunks, content: written } = this.#context;
    const { plain, gzip, head, signal, onProgress, work } = request;
    const reap = (): Promise<void> => reapSessions(this.#context);
    const claims = new Claims({ db, session, chunks, work, reap });
    const inflated = gzip && new InflatedSource(source, head.uncompressedBytes ?? 0);
    try {
      const content = await settleContent(this.#context, inflated ?? source, {
        claims,
        work,
        plain,
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
      });
      return await this.#commit(source, request, content);
    } finally {
      await inflated?.close();
      await written.drop(work);
      await claims.release();
    }
  }

  async #commit(
    source: BlobSource,
    request: SettleRequest,
    content: SettledContent,
  ): Promise<Ingested | undefined> {
    const { committer, onStep } = this.#context;
    const { head: about, gzip, lease, onlyIfHere = false } = request;
    const { links } = about;
    const existing = await committer.existing(about.digest, { lease, links });
    if (existing?.state === "settled") return existing;
    const { head, body } = await describe(about, { content, gzip });
    const record = await committer.write(head, body);
    try {
      onStep("recipe-written");
      const recipe = await this.#rebuildOrDoubt(head, record, request);
      onStep("rebuilt");
      if (recipe === undefined) {
        await requireDigest(source, about.digest);
        return undefined;
      }
      const runs = (): Iterable<OrdinalRun> => recipeRuns(recipe);
      const { newBytes } = content;
      const options = { lease, newBytes, runs, record, onlyIfHere };
      return await committer.commit(head, body, options);
    } finally {
      this.#context.content.unpin(record.place);
    }
  }

  /**
   * The recipe of the content, when the blob can be made again by what is stored. It may count on a chunk that was damaged
   * long before.
   * @throws ClaimLost when it counts on one that was collected meanwhile
   */
  async #rebuildOrDoubt(
    head: BlobHead & SettledForm,
    { place }: WrittenRecord,
    pace: Pace,
  ): Promise<Recipe | undefined> {
    const { body } = await this.#context.packs.read(place, RECORD_KIND.blob);
    const stored = await decodeRecipeBody(contentBodyOf(head.form, body));
    const recipe = decodeRecipe(stored.ops);
    try {
      return (await this.#rebuild(head, body, pace)) ? recipe : undefined;
    } catch (error) {
      this.#context.committer.requireChunks(recipeRuns(recipe));
      if (hasCode(error, "CORRUPT")) return undefined;
      throw error;
    }
  }

  /** Makes the blob again from what is on disk; whether the digest is right. */
  async #rebuild(
    head: BlobHead & SettledForm,
    body: Uint8Array,
    { signal, giveWay }: Pace,
  ): Promise<boolean> {
    const algorithm = digestAlgorithm(head.digest);
    const digester = createDigester(algorithm);
    const raw = await settledBlob(this.#context, head.form, body);
    const whole = { offsetBytes: 0, lengthBytes: head.sizeBytes };
    let sizeBytes = 0;
    for await (const piece of raw.bytes(whole)) {
      digester.update(piece);
      sizeBytes += piece.length;
      await giveWay?.();
      signal?.throwIfAborted();
    }
    const digest = digestFromBytes(algorithm, digester.digest());
    return sizeBytes === head.sizeBytes && digest === head.digest;
  }
}

interface SettledForm {
  readonly form: "recipe" | "gzip";
}

/** What is written of a blob whose content was settled. */
async function describe(
  about: Omit<BlobHead, "form">,
  { content, gzip }: { readonly content: SettledContent; readonly gzip: FoundRecipe | undefined },
): Promise<{ head: BlobHead & SettledForm; body: Uint8Array }> {
  const recipe = await encodeRecipeBody(content.recipe);
  if (gzip === undefined) return { head: { ...about, form: "recipe" }, body: recipe };
  const { recipe: gzipRecipe, rangeSums, tier, models } = gzip;
  const body = await encodeGzipBody({ gzipRecipe, rangeSums, content: recipe });
  const recipeBytes = body.length - recipe.length;
  return { head: { ...about, form: "gzip", gzip: { tier, models, recipeBytes } }, body };
}

export function* recipeRuns(recipe: Recipe): Generator<OrdinalRun> {
  for (const op of recipeOps(recipe)) if (op.kind === "run") yield op;
}

/** @throws ContentError `DIGEST_MISMATCH` */
export async function requireDigest(source: BlobSource, expected: Digest): Promise<void> {
  const { digest } = await digestSource(source, { like: expected });
  if (digest !== expected) throw digestMismatch(expected, digest);
}

export function digestMismatch(expected: Digest, actual: Digest): ContentError {
  const message = `ingest blob ${expected}: its bytes have digest ${actual}; fetch it again`;
  return new ContentError("DIGEST_MISMATCH", message);
}
