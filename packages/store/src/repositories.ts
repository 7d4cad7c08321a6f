import {
  ContentError,
  checkMembers,
  digestKey,
  isRepositoryName,
  type Member,
  type MemberKey,
  type NewMember,
  type RepositoryStore,
} from "@shale/content";
import type { IndexDb } from "./index/index-db.ts";
import {
  dropMember,
  getMember,
  membersOf,
  putMember,
  repositoriesOf,
  repositoryNames,
} from "./index/members.ts";
import type { Journal } from "./journal.ts";
import { raiseFormat, type StoreRoot } from "./root.ts";
import type { StepListener } from "./steps.ts";

/** Of stores that have members. FORMAT.md, "shale.json". */
const MEMBERS_FORMAT = 2;

export class JournaledRepositories implements RepositoryStore {
  readonly #root: StoreRoot;
  readonly #db: IndexDb;
  readonly #journal: Journal;
  readonly #onStep: StepListener;
  #isRaised = false;

  constructor(options: {
    root: StoreRoot;
    db: IndexDb;
    journal: Journal;
    onStep: StepListener;
  }) {
    this.#root = options.root;
    this.#db = options.db;
    this.#journal = options.journal;
    this.#onStep = options.onStep;
  }

  async *repositories(
    options: { readonly after?: string; readonly prefix?: string } = {},
  ): AsyncGenerator<string> {
    yield* repositoryNames(this.#db, options);
  }

  async member(repository: string, { digest, kind }: MemberKey): Promise<Member | undefined> {
    if (!isRepositoryName(repository)) return undefined;
    const row = getMember(this.#db, repository, { digest, kind });
    return row && { digest, kind, addedMs: row.addedMs, note: row.note };
  }

  async *members(
    repository: string,
    options: Parameters<RepositoryStore["members"]>[1] = {},
  ): AsyncGenerator<Member> {
    if (isRepositoryName(repository)) yield* membersOf(this.#db, repository, options);
  }

  async *repositoriesOf(key: MemberKey): AsyncGenerator<string> {
    yield* repositoriesOf(this.#db, key);
  }

  async addMembers(repository: string, members: Iterable<NewMember>): Promise<void> {
    const checked = checkMembers(repository, members);
    if (checked.length === 0) return;
    await this.#raiseFormat();
    await this.#journal.commit((write) => {
      const changed = this.#changed(repository, checked);
      if (changed.length === 0) return;
      write([{ kind: "members", repository, members: changed }]);
      for (const member of changed) putMember(this.#db, repository, member);
    });
    this.#onStep("members-indexed");
  }

  /** Before the first member: a program that knows none would collect them. */
  async #raiseFormat(): Promise<void> {
    if (this.#isRaised) return;
    if (await raiseFormat(this.#root, { format: MEMBERS_FORMAT })) this.#onStep("format-raised");
    this.#isRaised = true;
  }

  /**
   * In the transaction that indexes them, so that no collection can come between.
   * @throws ContentError `BLOB_UNKNOWN`
   */
  #changed(repository: string, members: readonly NewMember[]): Member[] {
    const nowMs = Date.now();
    const changed: Member[] = [];
    for (const { digest, kind, note } of members) {
      if (!this.#db.blobs.has(digestKey(digest))) {
        const message = `add to ${repository}: blob ${digest} is not in the store`;
        throw new ContentError("BLOB_UNKNOWN", message);
      }
      const known = getMember(this.#db, repository, { digest, kind });
      if (known?.note === note) continue;
      changed.push({ digest, kind, addedMs: known?.addedMs ?? nowMs, note });
    }
    return changed;
  }

  async removeMember(repository: string, { digest, kind }: MemberKey): Promise<boolean> {
    const key = { digest, kind };
    if (!isRepositoryName(repository)) return false;
    if (getMember(this.#db, repository, key) === undefined) return false;
    return await this.#journal.commit((write) => {
      if (getMember(this.#db, repository, key) === undefined) return false;
      write([{ kind: "unmember", repository, member: key }]);
      dropMember(this.#db, repository, key);
      return true;
    });
  }
}
