import { decodeRecipe } from "@shale/chunk";
import {
  type BlobInfo,
  type BlobReader,
  ContentError,
  type Digest,
  hasCode,
  type OpenOptions,
  resolveRange,
} from "@shale/content";
import type { RebuiltCache } from "../cache/rebuilt-cache.ts";
import type { RecentDocuments } from "../cache/recent-documents.ts";
import type { SegmentMaker } from "../gzip/segment-maker.ts";
import type { IndexDb } from "../index/index-db.ts";
import { type BlobEntry, blobInfo, getBlob } from "../index/rows.ts";
import { decodeBlobHead, decodeRecipeBody, decodeSums } from "../packs/blob-record.ts";
import { PackGone, type PackReader } from "../packs/pack-reader.ts";
import { RECORD_KIND } from "../packs/record.ts";
import { openFileSource, sourceBytes, stagedPath } from "../staged.ts";
import { decompress } from "../workers/decompress.ts";
import { trim } from "./gather.ts";
import { gzipBlob } from "./gzip-reader.ts";
import type { RawBlob } from "./raw-blob.ts";
import type { RecipeReader } from "./recipe-reader.ts";
import { alignRange, verifySums, verifyWhole } from "./verified.ts";

export interface BlobReaderContext {
  readonly db: IndexDb;
  readonly packs: PackReader;
  readonly recipes: RecipeReader;
  readonly maker: SegmentMaker;
  readonly stagedPath: string;
  readonly cache: RebuiltCache | undefined;
  readonly documents: RecentDocuments | undefined;
}

/** Gives blobs back, verified. */
export class StoredBlobReader implements BlobReader {
  readonly #context: BlobReaderContext;

  constructor(context: BlobReaderContext) {
    this.#context = context;
  }

  async stat(digest: Digest): Promise<BlobInfo | undefined> {
    const blob = getBlob(this.#context.db, digest);
    return blob && blobInfo(blob);
  }

  async *open(digest: Digest, options: OpenOptions = {}): AsyncGenerator<Uint8Array> {
    const { signal } = options;
    signal?.throwIfAborted();
    const blob = this.#require(digest);
    const { startBytes, endBytes } = resolveRange(options.range, blob.sizeBytes);
    const range = { offsetBytes: startBytes, lengthBytes: endBytes - startBytes };
    try {
      const raw = await this.prepare(blob);
      const pieces =
        range.lengthBytes === blob.sizeBytes
          ? this.#keep(verifyWhole(raw.bytes(range), blob), blob)
          : verifiedPart(raw, blob, range);
      for await (const piece of pieces) {
        signal?.throwIfAborted();
        yield piece;
      }
    } catch (error) {
      throw isDamage(error) ? corrupt(digest, error.message, error) : error;
    }
  }

  /** Reads what describes the blob; looks again when a collection moved it meanwhile. */
  async prepare(blob: BlobEntry): Promise<RawBlob> {
    for (let entry = blob, attempt = 0; ; attempt++) {
      try {
        return await this.#prepare(entry);
      } catch (error) {
        if (!(error instanceof PackGone) || attempt === 3) throw error;
        this.#context.db.refresh();
        this.#context.packs.forget(entry.place.pack);
        entry = this.#require(blob.digest);
      }
    }
  }

  async #prepare(blob: BlobEntry): Promise<RawBlob> {
    const { packs, documents } = this.#context;
    const known = blob.form === "inline" ? documents?.get(blob.place) : undefined;
    if (known !== undefined) return inlineBlob(known);
    const record = await packs.read(blob.place, RECORD_KIND.blob);
    // A damaged index may point to another blob's record, which is sound by itself.
    if (decodeBlobHead(record.head)?.digest !== blob.digest) {
      throw corrupt(blob.digest, "the index has another blob's record for it");
    }
    switch (blob.form) {
      case "inline":
        return inlineBlob(await this.#document(blob, record.body));
      case "staged":
        return this.#stagedBlob(blob, decodeSums(record.body));
      default:
        return this.#cached(await settledBlob(this.#context, blob.form, record.body), blob);
    }
  }

  async #document({ place, sizeBytes }: BlobEntry, body: Uint8Array): Promise<Uint8Array> {
    const bytes = await decompress(body, sizeBytes);
    this.#context.documents?.put(place, bytes);
    return bytes;
  }

  #cached(raw: RawBlob, blob: BlobEntry): RawBlob {
    return this.#context.cache?.over(raw, blob) ?? raw;
  }

  #keep(verified: AsyncGenerator<Uint8Array>, blob: BlobEntry): AsyncGenerator<Uint8Array> {
    return this.#context.cache?.keep(verified, blob) ?? verified;
  }

  #stagedBlob(blob: BlobEntry, rangeSums: Uint32Array): RawBlob {
    const path = stagedPath(this.#context.stagedPath, blob.digest);
    const settled = (): Promise<RawBlob> => this.#settledSince(blob);
    return {
      rangeSums,
      bytes: async function* (range) {
        const source = await openFileSource(path).catch(ignoreMissing);
        if (source === undefined) {
          yield* (await settled()).bytes(range);
          return;
        }
        try {
          yield* sourceBytes(source, range);
        } finally {
          await source[Symbol.asyncDispose]();
        }
      },
    };
  }

  /** A staged copy is not there: the blob settled after its record was read, or the copy is lost. */
  async #settledSince(blob: BlobEntry): Promise<RawBlob> {
    this.#context.db.refresh();
    const now = this.#require(blob.digest);
    if (now.form !== "staged") return await this.prepare(now);
    const path = stagedPath(this.#context.stagedPath, blob.digest);
    throw corrupt(blob.digest, `its staged copy ${path} is gone`);
  }

  #require(digest: Digest): BlobEntry {
    const blob = getBlob(this.#context.db, digest);
    if (blob) return blob;
    throw new ContentError("BLOB_UNKNOWN", `open blob ${digest}: it is not in the store`);
  }
}

/** Small enough to be verified whole, whatever part of it is asked for. */
function inlineBlob(content: Uint8Array): RawBlob {
  return {
    rangeSums: undefined,
    bytes: async function* ({ offsetBytes, lengthBytes }) {
      yield content.subarray(offsetBytes, offsetBytes + lengthBytes);
    },
  };
}

/** A blob that is made of chunks, by the body of its record. */
export async function settledBlob(
  context: { readonly recipes: RecipeReader; readonly maker: SegmentMaker },
  form: "recipe" | "gzip",
  body: Uint8Array,
): Promise<RawBlob> {
  const { recipes, maker } = context;
  if (form === "gzip") return gzipBlob({ recipes, maker }, body);
  const { ops, pages, rangeSums } = await decodeRecipeBody(body);
  const source = { recipe: decodeRecipe(ops), pages };
  return { rangeSums, bytes: (range) => recipes.read(source, range) };
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

/** What a record or a pack that is not what it was shows itself as, where no checksum was in the way. */
function isDamage(error: unknown): error is Error {
  const isUnreadable = error instanceof RangeError || hasCode(error, "RECIPE_INVALID");
  return isUnreadable || isZlibError(error);
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && /^Z(STD)?_/.test((error as NodeJS.ErrnoException).code ?? "");
}

function corrupt(digest: Digest, why: string, cause?: unknown): ContentError {
  return new ContentError("CORRUPT", `read blob ${digest}: ${why}; run \`shale verify\``, {
    cause,
  });
}

async function* verifiedPart(
  raw: RawBlob,
  blob: BlobEntry,
  range: { offsetBytes: number; lengthBytes: number },
): AsyncGenerator<Uint8Array> {
  if (range.lengthBytes === 0) return;
  if (raw.rangeSums === undefined) {
    const whole = { offsetBytes: 0, lengthBytes: blob.sizeBytes };
    const verified = verifyWhole(raw.bytes(whole), blob);
    yield* trim(verified, { skipBytes: range.offsetBytes, takeBytes: range.lengthBytes });
    return;
  }
  const aligned = alignRange(range, blob.sizeBytes);
  const { digest } = blob;
  const verified = verifySums(raw.bytes(aligned), { digest, ...aligned, rangeSums: raw.rangeSums });
  yield* trim(verified, {
    skipBytes: range.offsetBytes - aligned.offsetBytes,
    takeBytes: range.lengthBytes,
  });
}
