import { rename, rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseHtpasswd } from "./htpasswd.ts";
import { PasswordChecker } from "./password-checker.ts";
import { ACCOUNTS_ONLY } from "./rules.ts";
import { line, openAccounts } from "./testing/accounts.ts";

describe("the file", () => {
  test("has lines of names and bcrypt hashes; blanks and comments are passed over", () => {
    const text = `# people\n\n${line("ann", "a")}${line("b o b", "b")}\r\n`;
    expect([...parseHtpasswd(text, "f").keys()]).toEqual(["ann", "b o b"]);
  });

  test.each([
    ["ann:$apr1$abc$def", 'line 1: the password of "ann" is not kept by bcrypt'],
    ["ann:{SHA}abcdef", "not kept by bcrypt"],
    ["ann:plain", "not kept by bcrypt"],
    ["\nann", "line 2: no NAME:HASH"],
    [`:${line("x", "y").slice(2)}`, "no NAME:HASH"],
    [line("accounts", "x"), "has a meaning in rules"],
    [line("@dev", "x"), "has a meaning in rules"],
    [line("ann", "x").replace("$04$", "$31$"), "not kept by bcrypt"],
  ])("%j is refused, and says what to do", (text, message) => {
    expect(() => parseHtpasswd(text, "f")).toThrow(message);
  });
});

describe("a check", () => {
  let accounts: Awaited<ReturnType<typeof openAccounts>>;
  const errors: unknown[] = [];

  beforeEach(async () => {
    accounts = await openAccounts(["ann", "bob"], ACCOUNTS_ONLY, (error) => errors.push(error));
    errors.length = 0;
  });

  afterEach(async () => {
    vi.useRealTimers();
    await accounts[Symbol.asyncDispose]();
  });

  const check = (name: string, password: string): Promise<string> =>
    accounts.htpasswd.check(name, password);

  test("knows names with their own passwords", async () => {
    expect(await check("ann", "ann-pw")).toBe("right");
    expect(await check("ann", "bob-pw")).toBe("wrong");
    expect(await check("ann", "")).toBe("wrong");
    expect(await check("eve", "ann-pw")).toBe("wrong");
    expect(await check("", "")).toBe("wrong");
    // Also when it was right before.
    expect(await check("ann", "ann-pw")).toBe("right");
    expect(await check("bob", "ann-pw")).toBe("wrong");
  });

  test("takes up a changed file, and forgets the old password with it", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    expect(await check("ann", "ann-pw")).toBe("right");
    await writeFile(`${accounts.path}.new`, line("ann", "other"));
    await rename(`${accounts.path}.new`, accounts.path);
    vi.setSystemTime(Date.now() + 5000);
    expect(await check("ann", "ann-pw")).toBe("wrong");
    expect(await check("ann", "other")).toBe("right");
    expect(await check("bob", "bob-pw")).toBe("wrong");
  });

  test("goes on with what it knew when the file is damaged or gone, and tells", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await writeFile(accounts.path, "damaged\n");
    vi.setSystemTime(Date.now() + 5000);
    expect(await check("ann", "ann-pw")).toBe("right");
    expect(errors).toMatchObject([{ code: "HTPASSWD_INVALID" }]);
    vi.setSystemTime(Date.now() + 5000);
    expect(await check("bob", "bob-pw")).toBe("right");
    expect(errors).toHaveLength(1);
    await rm(accounts.path);
    vi.setSystemTime(Date.now() + 5000);
    expect(await check("bob", "bob-pw")).toBe("right");
    expect(errors).toMatchObject([{}, { code: "FILE_UNREADABLE" }]);
    await writeFile(accounts.path, line("bob", "new"));
    vi.setSystemTime(Date.now() + 5000);
    expect(await check("bob", "new")).toBe("right");
  });
});

describe("the checker", () => {
  test("remembers right passwords for a while, and wrong ones never", async () => {
    let nowMs = 0;
    await using checker = new PasswordChecker({ nowMs: () => nowMs });
    const hash = line("x", "right").slice(2).trim();
    const costly = hash.replace("$04$", "$16$");
    expect(await checker.check("right", hash)).toBe("right");
    expect(await checker.check("wrong", hash)).toBe("wrong");
    // The same password for another hash is another one.
    const other = line("x", "other").slice(2).trim();
    expect(await checker.check("right", other)).toBe("wrong");
    nowMs = 6 * 60_000;
    expect(await checker.check("right", hash)).toBe("right");
    expect(costly).not.toBe(hash);
  });

  test("says that it is busy rather than have everybody wait", async () => {
    await using checker = new PasswordChecker();
    const hash = line("x", "right").slice(2).trim();
    const verdicts = await Promise.all(
      Array.from({ length: 100 }, (_, at) => checker.check(`wrong ${at}`, hash)),
    );
    expect(verdicts.filter((verdict) => verdict === "busy").length).toBe(100 - 32);
    expect(verdicts).not.toContain("right");
    expect(await checker.check("right", hash)).toBe("right");
  });
});
