import { LIMITS } from "@shale/content";
import { asStoreError } from "./errors.ts";
import { putBlockRuns } from "./index/chunk-index.ts";
import type { IndexDb } from "./index/index-db.ts";
import type { RecordPlace } from "./index/rows.ts";
import type { BlockBuilder, BlockRun } from "./packs/block.ts";
import type { BlockCodec } from "./packs/block-codec.ts";
import type { PackFile } from "./packs/pack-file.ts";
import type { PackWriter } from "./packs/pack-writer.ts";
import { type PackRecord, RECORD_KIND } from "./packs/record.ts";
import type { StepListener } from "./steps.ts";

interface NewBlock {
  readonly place: RecordPlace;
  readonly runs: readonly BlockRun[];
}

/**
 * Where new content becomes durable, then known: blocks are appended, synced and indexed together, whichever ingest
 * they come from. Others may use a chunk from then on, before the blob that brought it is committed.
 */
export class ContentWriter {
  readonly #db: IndexDb;
  readonly #packs: PackWriter;
  readonly #codec: BlockCodec;
  readonly #onStep: StepListener;
  #unpublished: NewBlock[] = [];
  #unpublishedBytes = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: {
    db: IndexDb;
    packs: PackWriter;
    codec: BlockCodec;
    onStep: StepListener;
  }) {
    this.#db = options.db;
    this.#packs = options.packs;
    this.#codec = options.codec;
    this.#onStep = options.onStep;
  }

  /** Compresses and appends a block; returns the bytes that its pack grew by. */
  async addBlock(builder: BlockBuilder): Promise<number> {
    const { head, body, runs } = await builder.encode(this.#codec);
    const place = await this.append({ kind: RECORD_KIND.block, sequence: 0, head, body });
    this.#unpublished.push({ place, runs });
    this.#unpublishedBytes += place.bytes;
    this.#onStep("block-written");
    return place.bytes;
  }

  /** Appends a record that is not yet durable. */
  async append(record: PackRecord): Promise<RecordPlace> {
    try {
      return await this.#packs.append(record);
    } catch (error) {
      throw asStoreError(error, "write pack");
    }
  }

  /** Whether enough new content waits that others should get to use it. */
  get isDue(): boolean {
    return this.#unpublishedBytes >= LIMITS.publishBytes;
  }

  /** Makes everything that was appended before the call durable, and the blocks among it known. */
  async publish(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#sync();
      const blocks = this.#unpublished;
      this.#unpublished = [];
      this.#unpublishedBytes = 0;
      try {
        await this.#commitNoted(() => {
          for (const { place, runs } of blocks) putBlockRuns(this.#db, place, runs);
        });
      } catch (error) {
        this.#unpublished = [...blocks, ...this.#unpublished];
        throw error;
      }
      this.#onStep("chunks-indexed");
    });
  }

  /**
   * Syncs what was appended, then commits what `work` writes together with how far the packs are indexed.
   * @throws whatever `work` throws before it writes
   */
  async commit<T>(work: () => T): Promise<T> {
    await this.#sync();
    const result = await this.#commitNoted(work);
    this.#onStep("blob-indexed");
    return result;
  }

  async #sync(): Promise<void> {
    try {
      await this.#packs.sync();
    } catch (error) {
      throw asStoreError(error, "sync pack");
    }
    this.#onStep("pack-synced");
  }

  async #commitNoted<T>(work: () => T): Promise<T> {
    let noted: readonly PackFile[] = [];
    const result = await this.#db.commit(() => {
      noted = this.#packs.note();
      return work();
    });
    await this.#packs.retire(noted);
    return result;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    await done;
  }
}
