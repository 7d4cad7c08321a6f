import { decodeRecipe, recipeOps } from "@shale/chunk";
import type { IndexDb } from "../index/index-db.ts";
import { allBlobs, type BlobEntry, isSettled } from "../index/rows.ts";
import { decodeRecipeBody } from "../packs/blob-record.ts";
import { contentBodyOf } from "../packs/gzip-body.ts";
import type { PackReader } from "../packs/pack-reader.ts";
import { RECORD_KIND } from "../packs/record.ts";
import { OrdinalSet } from "./ordinal-set.ts";

/** The chunks that recipes name. Only grows: what was live once stays so for the whole collection. */
export class LiveChunks {
  readonly ordinals: OrdinalSet = new OrdinalSet();
  readonly #db: IndexDb;
  readonly #packs: PackReader;
  /** The records that were gone through, by pack and offset. */
  readonly #marked = new Set<string>();

  constructor(db: IndexDb, packs: PackReader) {
    this.#db = db;
    this.#packs = packs;
  }

  /** Goes through every recipe that it did not go through before. */
  async mark(signal: AbortSignal | undefined): Promise<void> {
    this.#db.refresh();
    for (const blob of this.unmarked()) {
      signal?.throwIfAborted();
      const record = await this.#packs.read(blob.place, RECORD_KIND.blob);
      const { ops } = await decodeRecipeBody(contentBodyOf(blob.form, record.body));
      for (const op of recipeOps(decodeRecipe(ops))) {
        if (op.kind === "run") this.ordinals.add(op);
      }
      this.#marked.add(placeName(blob));
    }
  }

  /** Settled blobs whose recipes were not gone through: what was committed since. */
  unmarked(): BlobEntry[] {
    const blobs: BlobEntry[] = [];
    for (const blob of allBlobs(this.#db)) {
      if (isSettled(blob.form) && !this.#marked.has(placeName(blob))) blobs.push(blob);
    }
    return blobs;
  }

  /** A record was moved; its recipe is the same. */
  moved(from: BlobEntry["place"], to: BlobEntry["place"]): void {
    if (this.#marked.has(name(from))) this.#marked.add(name(to));
  }
}

function placeName(blob: BlobEntry): string {
  return name(blob.place);
}

function name({ pack, offset }: BlobEntry["place"]): string {
  return `${pack}:${offset}`;
}
