import { AccountsError } from "./errors.ts";
import type { PasswordChecker, Verdict } from "./password-checker.ts";
import { WatchedFile } from "./watched-file.ts";

/** bcrypt as Apache's htpasswd -B, PHP and OpenBSD write it; a cost above 16 takes seconds. */
const BCRYPT = /^\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/;
/** A user's name is what comes before the first colon: RFC 7617, section 2. */
const LINE = /^([^:]+):(.*)$/;
/** A password that nobody has, of the cost that most programs take. */
const NOBODYS = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8F9J9nGJ9XWfYzvQmQXqGk5Zk8jJ3W";

/** Accounts by their names: the hashes of their passwords. */
export type Accounts = ReadonlyMap<string, string>;

/** @throws AccountsError `HTPASSWD_INVALID` */
export function parseHtpasswd(text: string, path: string): Accounts {
  const accounts = new Map<string, string>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, name, hash = ""] = LINE.exec(line) ?? [];
    if (name === undefined || !BCRYPT.test(hash)) throw invalidLine(path, at + 1, name);
    // A rule could not tell them from groups, and from everybody.
    if (/^@|^(?:accounts|anybody)$/.test(name)) throw invalidName(path, at + 1, name);
    accounts.set(name, hash);
  }
  return accounts;
}

/** Accounts in a file as Apache's `htpasswd -B` writes it; a change takes effect within a second or two. */
export class Htpasswd {
  readonly #file: WatchedFile<Accounts>;
  readonly #checker: PasswordChecker;

  private constructor(file: WatchedFile<Accounts>, checker: PasswordChecker) {
    this.#file = file;
    this.#checker = checker;
  }

  /** @throws AccountsError `FILE_UNREADABLE`, `HTPASSWD_INVALID` */
  static async open(
    path: string,
    options: {
      readonly checker: PasswordChecker;
      readonly onError?: ((error: unknown) => void) | undefined;
    },
  ): Promise<Htpasswd> {
    const { checker, onError = () => {} } = options;
    const parse = (text: string): Accounts => parseHtpasswd(text, path);
    return new Htpasswd(await WatchedFile.open(path, { parse, onError }), checker);
  }

  /** An unknown name takes as long as a wrong password: which of the two it was does not show. */
  async check(name: string, password: string): Promise<Verdict> {
    const accounts = await this.#file.get();
    const hash = accounts.get(name);
    const verdict = await this.#checker.check(password, hash ?? decoy(accounts));
    return hash === undefined && verdict === "right" ? "wrong" : verdict;
  }

  /** What changes when an account's password does; `undefined` when it is gone. */
  async hashOf(name: string): Promise<string | undefined> {
    return (await this.#file.get()).get(name);
  }
}

/** A hash of the cost that the accounts here have. */
function decoy(accounts: Accounts): string {
  const [first] = accounts.values();
  return first === undefined ? NOBODYS : `${first.slice(0, 7)}${NOBODYS.slice(7)}`;
}

function invalidLine(path: string, line: number, name: string | undefined): AccountsError {
  const what =
    name === undefined
      ? "no NAME:HASH"
      : `the password of ${JSON.stringify(name)} is not kept by bcrypt`;
  const message = `read ${JSON.stringify(path)}, line ${line}: ${what}; write it with \`htpasswd -B\``;
  return new AccountsError("HTPASSWD_INVALID", message);
}

function invalidName(path: string, line: number, name: string): AccountsError {
  const message = `read ${JSON.stringify(path)}, line ${line}: ${JSON.stringify(name)} has a meaning in rules; give another name`;
  return new AccountsError("HTPASSWD_INVALID", message);
}
