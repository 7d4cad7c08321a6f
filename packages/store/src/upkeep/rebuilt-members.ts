import type { IndexDb } from "../index/index-db.ts";
import { dropMember, putMember } from "../index/members.ts";
import type { JournalEntry } from "../journal.ts";

type MemberEntry = Extract<JournalEntry, { kind: "members" | "unmember" }>;

/** Members of repositories, made again from the journal. */
export class RebuiltMembers {
  readonly #changes: { readonly entry: MemberEntry; readonly sequence: number }[] = [];

  add(entry: MemberEntry, sequence: number): void {
    this.#changes.push({ entry, sequence });
  }

  /** In the order in which they were made; each as a whole, in a transaction of its own. */
  async put(db: IndexDb): Promise<void> {
    this.#changes.sort((a, b) => a.sequence - b.sequence);
    for (const { entry } of this.#changes) {
      const { repository } = entry;
      await db.transact(() => {
        if (entry.kind === "unmember") dropMember(db, repository, entry.member);
        else for (const member of entry.members) putMember(db, repository, member);
      });
    }
  }
}
