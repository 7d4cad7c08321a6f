import { LIMITS } from "@shale/content";
import type { IndexDb } from "../index/index-db.ts";
import {
  allPacks,
  getCounter,
  type PackRow,
  putCounter,
  putPack,
  type RecordPlace,
} from "../index/rows.ts";
import { sessionLost } from "../index/sessions.ts";
import type { StoreRoot } from "../root.ts";
import type { Session } from "../session.ts";
import { createPackFile, type PackFile, reopenPackFile } from "./pack-file.ts";
import { PACK_HEADER_BYTES, type PackRecord } from "./record.ts";

/** Content is appended while others write; journal records only under the index's write lock. */
export type PackPurpose = PackRow["purpose"];

/**
 * The pack that this process appends to, one for each purpose. It takes over a pack that was left whole and not full,
 * so that a thousand short commands do not leave a thousand packs.
 */
export class PackWriter {
  readonly #root: StoreRoot;
  readonly #db: IndexDb;
  readonly #session: Session;
  readonly #purpose: PackPurpose;
  #current: PackFile | undefined;
  #opening: Promise<PackFile> | undefined;
  /** Full packs whose last records the index does not know yet. */
  #full: PackFile[] = [];

  constructor(options: { root: StoreRoot; db: IndexDb; session: Session; purpose: PackPurpose }) {
    this.#root = options.root;
    this.#db = options.db;
    this.#session = options.session;
    this.#purpose = options.purpose;
    this.#session.onLost(() => this.#abandon());
  }

  /** Resolves when the record is written; `sync` makes it durable. Call `unpin` once its commit was tried. */
  async append(record: PackRecord): Promise<RecordPlace> {
    for (;;) {
      const file = await this.ready();
      // Sealed between two turns of the event loop: what it holds may be indexed already.
      if (!file.isSealed) return await file.append(record);
    }
  }

  unpin(place: RecordPlace): void {
    this.#held(place)?.unpin();
  }

  /**
   * For transactions: that a record is where this session still keeps it.
   * @throws StoreError `SESSION_LOST`
   */
  requireHeld(place: RecordPlace): void {
    this.#session.require();
    if (this.#held(place) === undefined) throw sessionLost();
  }

  /** Seals the pack that is open, so that a collection may move what is in it. */
  seal(): void {
    if (this.#current) this.#full.push(this.#current);
    this.#current?.seal();
    this.#current = undefined;
  }

  /** The pack to append to, opened or made. */
  async ready(): Promise<PackFile> {
    if (this.#current && this.#current.endBytes < LIMITS.packBytes) return this.#current;
    this.#opening ??= this.#rotate().finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  /**
   * The pack to append to while a transaction runs; `ready` was awaited before it.
   * @throws StoreError `SESSION_LOST`
   */
  get current(): PackFile {
    this.#session.require();
    if (this.#current) return this.#current;
    throw sessionLost();
  }

  /** Makes every append that was called before this durable. */
  async sync(): Promise<void> {
    for (const file of [...this.#full, this.#current]) await file?.sync();
  }

  /** For transactions, after `sync`: how far the packs are indexed now. Returns the packs that were given up. */
  note(): readonly PackFile[] {
    const session = this.#session.require();
    const purpose = this.#purpose;
    for (const file of this.#full) {
      file.note(this.#db, { session: file.isPinned ? session : null, sealed: true, purpose });
    }
    this.#current?.note(this.#db, { session, sealed: false, purpose });
    return this.#full.filter((file) => !file.isPinned);
  }

  /** Once the transaction that noted them is durable, full packs need not stay open. */
  async retire(noted: readonly PackFile[]): Promise<void> {
    this.#full = this.#full.filter((file) => !noted.includes(file));
    for (const file of noted) await file.close();
  }

  /** For the transaction that ends the session: leaves the packs to whoever writes next. */
  release(session: string): void {
    const open = this.#current?.pack;
    for (const { pack, ...row } of allPacks(this.#db)) {
      if (row.session !== session || row.purpose !== this.#purpose) continue;
      // One that is not open was full, or could not be made.
      putPack(this.#db, pack, { ...row, session: null, sealed: pack !== open });
    }
  }

  /** Resolves when no pack is being opened any more. */
  async idle(): Promise<void> {
    await this.#opening?.catch(() => {});
  }

  async close(): Promise<void> {
    const files = [...this.#full, this.#current];
    this.#full = [];
    this.#current = undefined;
    for (const file of files) await file?.close();
  }

  #held({ pack }: RecordPlace): PackFile | undefined {
    if (this.#current?.pack === pack) return this.#current;
    return this.#full.find((file) => file.pack === pack);
  }

  /** The session is lost: others sealed its packs, and may have removed them since. */
  #abandon(): void {
    for (const file of [...this.#full, this.#current]) void file?.close().catch(() => {});
    this.#full = [];
    this.#current = undefined;
  }

  async #rotate(): Promise<PackFile> {
    const session = await this.#session.start();
    this.seal();
    const file = (await this.#reopen()) ?? (await this.#create());
    if (this.#session.id !== session) {
      await file.close();
      throw sessionLost();
    }
    this.#current = file;
    return file;
  }

  async #create(): Promise<PackFile> {
    const { packsPath, id: storeId } = this.#root;
    return await createPackFile(packsPath, { pack: await this.#reserve(), storeId });
  }

  /** Goes on with a pack that was left. One that turns out damaged stays this session's, and is sealed with its end. */
  async #reopen(): Promise<PackFile | undefined> {
    const { packsPath, id: storeId } = this.#root;
    for (;;) {
      const left = await this.#adopt();
      if (left === undefined) return undefined;
      const file = await reopenPackFile(packsPath, { ...left, storeId });
      if (file) return file;
    }
  }

  async #adopt(): Promise<{ pack: number; sizeBytes: number } | undefined> {
    const fits = (row: PackRow): boolean =>
      row.session === null &&
      !row.sealed &&
      row.purpose === this.#purpose &&
      row.sizeBytes >= PACK_HEADER_BYTES &&
      row.sizeBytes < LIMITS.packBytes / 2;
    if (!allPacks(this.#db).some(fits)) return undefined;
    return await this.#db.commit(() => {
      const session = this.#session.require();
      const row = allPacks(this.#db).find(fits);
      if (row === undefined) return undefined;
      const { pack, sizeBytes, sealed, purpose } = row;
      putPack(this.#db, pack, { session, sealed, purpose, sizeBytes });
      return { pack, sizeBytes };
    });
  }

  async #reserve(): Promise<number> {
    return await this.#db.commit(() => {
      const session = this.#session.require();
      const pack = getCounter(this.#db, "nextPack") + 1;
      putCounter(this.#db, "nextPack", pack);
      putPack(this.#db, pack, { session, sealed: false, purpose: this.#purpose, sizeBytes: 0 });
      return pack;
    });
  }
}
