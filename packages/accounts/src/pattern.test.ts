import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";

describe("a pattern", () => {
  test.each([
    ["team/app", ["team/app"], ["team", "team/app/x", "team/ap"]],
    ["team/*", ["team/app", "team/a.b"], ["team", "team/a/b", "other/app"]],
    ["team/**", ["team/app", "team/a/b"], ["team", "teams/a"]],
    ["**", ["a", "a/b/c"], []],
    ["*", ["a", "nginx"], ["a/b"]],
    ["**/app", ["a/app", "a/b/app"], ["app", "a/app/b", "a/myapp"]],
    ["team/**/app", ["team/x/app", "team/x/y/app"], ["team", "team/app", "team/app/x"]],
    ["my-*", ["my-", "my-app"], ["my/app", "amy-app"]],
    ["a.b", ["a.b"], ["axb"]],
  ])("%s", (pattern, inside, outside) => {
    const matches = compilePattern(pattern);
    for (const name of inside) expect([name, matches(name)]).toEqual([name, true]);
    for (const name of outside) expect([name, matches(name)]).toEqual([name, false]);
  });

  test.each(["", "/", "a//b", "/a", "a/", "A", "a b", "a***", "a**b/c", "../a[", "a\n"])(
    "%j is none",
    (pattern) => {
      expect(() => compilePattern(pattern)).toThrow(
        expect.objectContaining({ code: "PATTERN_INVALID" }),
      );
    },
  );
});

const part = fc.stringMatching(/^[a-c]{1,2}$/);
const names = fc.array(part, { minLength: 1, maxLength: 4 });
const patterns = fc.array(fc.oneof(part, fc.constant("*"), fc.constant("**"), fc.constant("a*")), {
  minLength: 1,
  maxLength: 4,
});

/** The meaning of a pattern, tried out every way. */
function oracle(name: readonly string[], [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return name.length === 0;
  if (first === "**") {
    return name.some((_, at) => oracle(name.slice(at + 1), rest));
  }
  const [head, ...tail] = name;
  if (head === undefined) return false;
  const isFit = first.endsWith("*") ? head.startsWith(first.slice(0, -1)) : head === first;
  return isFit && oracle(tail, rest);
}

test("fits what it means, whatever is in it", () => {
  fc.assert(
    fc.property(names, patterns, (name, pattern) => {
      expect(compilePattern(pattern.join("/"))(name.join("/"))).toBe(oracle(name, pattern));
    }),
    { numRuns: 2000 },
  );
});

test("takes no long time over stars", () => {
  const matches = compilePattern(Array.from({ length: 60 }, () => "**").join("/"));
  expect(matches(Array.from({ length: 120 }, () => "a").join("/"))).toBe(true);
  expect(compilePattern(`${"*a".repeat(1)}*/b`)(`${"a".repeat(200)}/c`)).toBe(false);
});
