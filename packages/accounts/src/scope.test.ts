import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowed, asGrants, type Grant, grants, parseScopes, scopesOf } from "./scope.ts";

const DEEDS = ["pull", "push", "delete"] as const;

describe("scopes", () => {
  test("are read as Docker writes them", () => {
    expect(parseScopes(["repository:team/app:pull,push registry:catalog:*"])).toEqual([
      { type: "repository", name: "team/app", actions: ["pull", "push"] },
      { type: "registry", name: "catalog", actions: ["*"] },
    ]);
    expect(parseScopes(["repository:a:pull", "repository:b:pull,pull"])).toEqual([
      { type: "repository", name: "a", actions: ["pull"] },
      { type: "repository", name: "b", actions: ["pull"] },
    ]);
  });

  test.each(["", "pull", "repository:a", "repository:A:pull", "repository:a/../b:pull", "x:y:z"])(
    "%j grants nothing",
    (text) => {
      expect(parseScopes([text])).toEqual([]);
    },
  );

  test("are no more than a push needs", () => {
    const many = Array.from({ length: 1000 }, (_, at) => `repository:a${at}:pull`).join(" ");
    expect(parseScopes([many])).toHaveLength(100);
  });

  test("name what deeds need, each repository once", () => {
    expect(
      scopesOf([
        { repository: "a/b", action: "pull" },
        { repository: "a/b", action: "push" },
        { repository: "c", action: "pull" },
        { repository: "a/b", action: "pull" },
      ]),
    ).toBe("repository:a/b:pull,push repository:c:pull");
    expect(scopesOf([{ repository: undefined, action: "list" }])).toBe("registry:catalog:*");
    expect(scopesOf([{ repository: undefined, action: "ping" }])).toBe("");
  });
});

test("what is allowed of a scope is no more than was asked for, and no more than may be", () => {
  const rights = fc.subarray([...DEEDS]);
  fc.assert(
    fc.property(rights, fc.subarray([...DEEDS, "*", "fly"]), (may, actions) => {
      const scope: Grant = { type: "repository", name: "a", actions };
      const given = allowed(scope, ({ action }) => may.some((one) => one === action));
      const wanted = actions.includes("*") ? [...DEEDS] : actions;
      expect(given?.actions ?? []).toEqual(wanted.filter((one) => may.some((it) => it === one)));
    }),
  );
  const catalog: Grant = { type: "registry", name: "catalog", actions: ["*"] };
  expect(allowed(catalog, () => true)).toEqual(catalog);
  expect(allowed(catalog, () => false)).toBeUndefined();
  expect(allowed({ ...catalog, name: "other" }, () => true)).toBeUndefined();
});

test("a grant is for its name and its actions alone", () => {
  const given: Grant[] = [{ type: "repository", name: "a/b", actions: ["pull"] }];
  expect(grants(given, { repository: "a/b", action: "pull" })).toBe(true);
  expect(grants(given, { repository: "a/b", action: "push" })).toBe(false);
  expect(grants(given, { repository: "a", action: "pull" })).toBe(false);
  expect(grants(given, { repository: "a/b/c", action: "pull" })).toBe(false);
  expect(grants(given, { repository: undefined, action: "list" })).toBe(false);
  expect(grants(given, { repository: undefined, action: "ping" })).toBe(true);
  const of = (type: string): Grant[] => [{ type, name: "a/b", actions: ["*"] }];
  expect(grants(of("repository"), { repository: "a/b", action: "delete" })).toBe(true);
  expect(grants(of("registry"), { repository: "a/b", action: "delete" })).toBe(false);
});

test("a claim of any shape grants what is well said in it, and never fails", () => {
  fc.assert(
    fc.property(fc.anything(), (claim) => {
      for (const grant of asGrants(claim)) expect(typeof grant.name).toBe("string");
    }),
  );
  const good = { type: "repository", name: "a", actions: ["pull"] };
  expect(asGrants([null, 1, { type: "repository" }, { ...good, actions: ["pull", 7] }])).toEqual([
    good,
  ]);
});
