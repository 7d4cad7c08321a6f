import {
  assertTagName,
  ContentError,
  type Digest,
  digestKey,
  isTagName,
  type Member,
  type MemberKey,
  type Tag,
  type TagChange,
  type TagStore,
} from "@shale/content";
import { asStoreError } from "./errors.ts";
import type { IndexDb } from "./index/index-db.ts";
import {
  allTags,
  getCounter,
  getPack,
  getTag,
  putCounter,
  type RecordPlace,
} from "./index/rows.ts";
import type { PackWriter } from "./packs/pack-writer.ts";
import { type PackRecord, RECORD_KIND, type RecordKind } from "./packs/record.ts";
import type { Session } from "./session.ts";
import type { StepListener } from "./steps.ts";

/** A change of a name or of a repository, as the journal has it. FORMAT.md, "Journal". */
export type JournalEntry =
  | {
      readonly kind: "tag";
      readonly name: string;
      readonly digest: Digest;
      readonly updatedMs: number;
    }
  | { readonly kind: "untag"; readonly name: string }
  | { readonly kind: "forget"; readonly digest: Digest }
  /** One record, so that all of them are there or none. */
  | { readonly kind: "members"; readonly repository: string; readonly members: readonly Member[] }
  | { readonly kind: "unmember"; readonly repository: string; readonly member: MemberKey };

/** Writes records that are durable when it returns, and says where they are. */
export type JournalWriter = (entries: readonly JournalEntry[]) => RecordPlace[];

/** What becomes of a name. */
export type TagEntry = Extract<JournalEntry, { kind: "tag" | "untag" }>;

const KINDS = ["tag", "untag", "forget", "members", "unmember"] as const;

/**
 * Tags, members of repositories, and blobs that are forgotten: what has an order in time. Each change is a record in a pack, written and synced
 * while the index's write lock is held, so that the order of the records is the order of the commits, over all processes.
 */
export class Journal {
  readonly #db: IndexDb;
  readonly #session: Session;
  readonly #packs: PackWriter;
  readonly #onStep: StepListener;

  constructor(options: {
    db: IndexDb;
    session: Session;
    packs: PackWriter;
    onStep: StepListener;
  }) {
    this.#db = options.db;
    this.#session = options.session;
    this.#packs = options.packs;
    this.#onStep = options.onStep;
  }

  /** Runs `work` in a transaction that may write journal records; durable when it resolves. */
  async commit<T>(work: (write: JournalWriter) => T): Promise<T> {
    return await this.#session.retry(async () => {
      await this.#packs.ready();
      return await this.#db.commit(() => work((entries) => this.#write(entries)));
    });
  }

  #write(entries: readonly JournalEntry[]): RecordPlace[] {
    if (entries.length === 0) return [];
    const file = this.#packs.current;
    let sequence = getCounter(this.#db, "journal");
    const records = entries.map((entry) => encodeEntry(entry, ++sequence));
    try {
      // What lies behind was never committed, and a rebuild must not find it.
      file.rewind(getPack(this.#db, file.pack)?.sizeBytes ?? 0);
      const places = file.appendDurably(records);
      this.#onStep("journal-written");
      putCounter(this.#db, "journal", sequence);
      if (entries.some((entry) => entry.kind === "forget"))
        putCounter(this.#db, "lastForget", sequence);
      this.#packs.note();
      return places;
    } catch (error) {
      throw asStoreError(error, "write journal");
    }
  }
}

export function encodeEntry({ kind, ...head }: JournalEntry, sequence: number): PackRecord {
  const empty = new Uint8Array(0);
  return {
    kind: RECORD_KIND[kind],
    sequence,
    head: Buffer.from(JSON.stringify(head)),
    body: empty,
  };
}

/** `undefined` when the record is not of the journal, or not readable. */
export function decodeEntry(kind: RecordKind, head: Uint8Array): JournalEntry | undefined {
  const name = KINDS.find((name) => RECORD_KIND[name] === kind);
  if (name === undefined) return undefined;
  try {
    return { ...JSON.parse(Buffer.from(head).toString()), kind: name } as JournalEntry;
  } catch {
    return undefined;
  }
}

export class JournaledTags implements TagStore {
  readonly #db: IndexDb;
  readonly #journal: Journal;
  readonly #onStep: StepListener;

  constructor(options: { db: IndexDb; journal: Journal; onStep: StepListener }) {
    this.#db = options.db;
    this.#journal = options.journal;
    this.#onStep = options.onStep;
  }

  async resolve(name: string): Promise<Tag | undefined> {
    const row = isTagName(name) ? getTag(this.#db, name) : undefined;
    return row && { name, digest: row.digest, updatedMs: row.updatedMs };
  }

  async tag(name: string, digest: Digest): Promise<void> {
    await this.changeTags([{ name, digest }]);
  }

  async untag(name: string): Promise<boolean> {
    if (!isTagName(name) || getTag(this.#db, name) === undefined) return false;
    return await this.#journal.commit((write) =>
      this.#change(write, [{ name, digest: undefined }]),
    );
  }

  async changeTags(changes: readonly TagChange[]): Promise<void> {
    for (const { name } of changes) assertTagName(name);
    if (changes.length === 0) return;
    await this.#journal.commit((write) => this.#change(write, changes));
    this.#onStep("tag-indexed");
  }

  /** For transactions. Whether there was anything to change. @throws ContentError `BLOB_UNKNOWN` */
  #change(write: JournalWriter, changes: readonly TagChange[]): boolean {
    const updatedMs = Date.now();
    const entries = changes.flatMap(({ name, digest }): TagEntry[] => {
      if (digest !== undefined) return [{ kind: "tag", name, digest, updatedMs }];
      return getTag(this.#db, name) === undefined ? [] : [{ kind: "untag", name }];
    });
    for (const entry of entries) {
      if (entry.kind === "untag" || this.#db.blobs.has(digestKey(entry.digest))) continue;
      const { name, digest } = entry;
      throw new ContentError("BLOB_UNKNOWN", `tag ${name}: blob ${digest} is not in the store`);
    }
    for (const [at, place] of write(entries).entries()) {
      const entry = entries[at]!;
      const key = Buffer.from(entry.name);
      if (entry.kind === "untag") this.#db.tags.remove(key);
      else this.#db.tags.put(key, { digest: entry.digest, updatedMs, place });
    }
    return entries.length > 0;
  }

  async *tags(options: { readonly prefix?: string } = {}): AsyncGenerator<Tag> {
    for (const { name, digest, updatedMs } of allTags(this.#db, options.prefix)) {
      yield { name, digest, updatedMs };
    }
  }
}
