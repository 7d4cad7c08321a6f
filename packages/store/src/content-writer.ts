import { LIMITS } from "@shale/content";
import { asStoreError } from "./errors.ts";
import { putBlockRuns } from "./index/chunk-index.ts";
import type { IndexDb } from "./index/index-db.ts";
import type { RecordPlace } from "./index/rows.ts";
import type { BlockRun } from "./index/runs.ts";
import type { BlockBuilder } from "./packs/block.ts";
import type { BlockCompressor } from "./packs/block-compressor.ts";
import type { PackFile } from "./packs/pack-file.ts";
import type { PackWriter } from "./packs/pack-writer.ts";
import { type PackRecord, RECORD_KIND } from "./packs/record.ts";
import type { Session, Work } from "./session.ts";
import type { StepListener } from "./steps.ts";

interface NewBlock {
  readonly place: RecordPlace;
  readonly runs: readonly BlockRun[];
  /** Who claimed the chunks. */
  readonly work: Work;
}

/**
 * Where new content becomes durable, then known: blocks are appended, synced and indexed together, whichever ingest
 * they come from. Others may use a chunk from then on, before the blob that brought it is committed.
 */
export class ContentWriter {
  readonly #db: IndexDb;
  readonly #session: Session;
  readonly #packs: PackWriter;
  readonly #compressor: BlockCompressor;
  readonly #onStep: StepListener;
  #unpublished: NewBlock[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: {
    db: IndexDb;
    session: Session;
    packs: PackWriter;
    compressor: BlockCompressor;
    onStep: StepListener;
  }) {
    this.#db = options.db;
    this.#session = options.session;
    this.#packs = options.packs;
    this.#compressor = options.compressor;
    this.#onStep = options.onStep;
    // Others may have claimed its chunks since.
    this.#session.onLost(() => {
      this.#unpublished = [];
    });
  }

  /**
   * Compresses and appends a block; returns the bytes that its pack grew by.
   * @throws StoreError `SESSION_LOST`
   */
  async addBlock(builder: BlockBuilder, work: Work): Promise<number> {
    const { head, body, runs } = await builder.encode(this.#compressor);
    const place = await this.append({ kind: RECORD_KIND.block, sequence: 0, head, body });
    this.#session.requireOwn(work);
    this.#unpublished.push({ place, runs, work });
    this.#onStep("block-written");
    return place.bytes;
  }

  /** Forgets what the work wrote and did not publish, so that what it claimed can be given up. */
  async drop(work: Work): Promise<void> {
    await this.#inTurn(async () => {
      const dropped = this.#unpublished.filter((block) => block.work === work);
      this.#unpublished = this.#unpublished.filter((block) => block.work !== work);
      for (const { place } of dropped) this.unpin(place);
    });
  }

  /** Appends a record that is not yet durable. Call `unpin` when its commit succeeded, or will not be tried. */
  async append(record: PackRecord): Promise<RecordPlace> {
    try {
      return await this.#packs.append(record);
    } catch (error) {
      throw asStoreError(error, "write pack");
    }
  }

  unpin(place: RecordPlace): void {
    this.#packs.unpin(place);
  }

  /** For transactions. @throws StoreError `SESSION_LOST` when a record went with the session that wrote it */
  requireHeld(place: RecordPlace): void {
    this.#packs.requireHeld(place);
  }

  /** Whether enough new content waits that others should get to use it. */
  get isDue(): boolean {
    let bytes = 0;
    for (const { place } of this.#unpublished) bytes += place.bytes;
    return bytes >= LIMITS.publishBytes;
  }

  /** Makes everything that was appended before the call durable, and the blocks among it known. */
  async publish(): Promise<void> {
    await this.#inTurn(async () => {
      // Before the sync: a block that is appended meanwhile is not made durable by it.
      const blocks = this.#unpublished;
      this.#unpublished = [];
      try {
        await this.#sync();
        await this.#commitNoted(() => {
          const session = this.#session.require();
          const own = blocks.filter(({ work }) => work.session === session);
          for (const { place, runs } of own) putBlockRuns(this.#db, place, runs);
        });
      } catch (error) {
        const { id } = this.#session;
        const own = blocks.filter(({ work }) => work.session === id);
        this.#unpublished = [...own, ...this.#unpublished];
        throw error;
      }
      for (const { place } of blocks) this.unpin(place);
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
