import type { Action } from "@shale/registry";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ACCOUNTS_ONLY, RIGHTS, type Rule, Rules } from "./rules.ts";

const rules = new Rules({
  groups: { dev: ["ann", "bob"] },
  rules: [
    { repositories: ["public/**"], who: ["anybody"], may: ["pull"] },
    { repositories: ["team/**"], who: ["@dev"], may: ["pull", "push"] },
    { repositories: ["team/app", "team/web"], who: ["bob"], may: ["delete"] },
    { repositories: ["shared/*"], who: ["accounts"], may: ["pull"] },
  ],
});

const may = (identity: string | undefined, repository: string): Action[] =>
  RIGHTS.filter((action) => rules.allow(identity, { repository, action }));

test("what any rule allows is allowed, and nothing else", () => {
  expect(may(undefined, "public/a")).toEqual(["pull"]);
  expect(may(undefined, "team/app")).toEqual([]);
  expect(may("ann", "team/app")).toEqual(["pull", "push"]);
  expect(may("bob", "team/app")).toEqual(["pull", "push", "delete"]);
  expect(may("bob", "team/other")).toEqual(["pull", "push"]);
  expect(may("carol", "team/app")).toEqual([]);
  expect(may("carol", "shared/a")).toEqual(["pull"]);
  expect(may(undefined, "shared/a")).toEqual([]);
  expect(may("carol", "public/a")).toEqual(["pull"]);
  expect(may("@dev", "team/app")).toEqual([]);
});

test("names are told to those who may pull, and asked for by those who may pull anywhere", () => {
  const list = (identity: string | undefined, repository?: string): boolean =>
    rules.allow(identity, { repository, action: "list" });
  expect(list(undefined)).toBe(true);
  expect(list(undefined, "public/a")).toBe(true);
  expect(list(undefined, "team/app")).toBe(false);
  expect(list("ann", "team/app")).toBe(true);
  expect(new Rules(ACCOUNTS_ONLY).allow(undefined, { repository: undefined, action: "list" })).toBe(
    false,
  );
});

test("a ping is for whoever is known: others are to hear how to say who they are", () => {
  expect(rules.allow(undefined, { repository: undefined, action: "ping" })).toBe(false);
  expect(rules.allow("carol", { repository: undefined, action: "ping" })).toBe(true);
});

test("the order of rules means nothing, and one more takes nothing away", () => {
  const rule = fc.record({
    repositories: fc.subarray(["a", "a/*", "**", "b/**"], { minLength: 1 }),
    who: fc.subarray(["ann", "bob", "accounts", "anybody", "@dev"], { minLength: 1 }),
    may: fc.subarray([...RIGHTS], { minLength: 1 }),
  });
  const deed = fc.record({
    repository: fc.constantFrom("a", "a/b", "b/c", "c"),
    action: fc.constantFrom(...RIGHTS),
  });
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 4 }),
      rule,
      deed,
      fc.option(fc.constantFrom("ann", "bob", "eve"), { nil: undefined }),
      (set, more, one, identity) => {
        const groups = { dev: ["bob"] };
        const allow = (list: readonly Rule[]): boolean =>
          new Rules({ rules: list, groups }).allow(identity, one);
        expect(allow(set.toReversed())).toBe(allow(set));
        expect(allow([...set, more])).toBe(allow(set) || allow([more]));
      },
    ),
  );
});
