import { expect, test } from "vitest";
import { expandWord, jsonWords, splitPairs, splitWords } from "./words.ts";

const VALUES: Record<string, string> = { A: "one", EMPTY: "", SPACED: "a b" };
const options = { variables: (name: string) => VALUES[name], escapeWith: "\\" };

test.each([
  ["plain", "plain"],
  ["$A/${A}x", "one/onex"],
  ["$NONE-", "-"],
  ["${NONE:-d} ${EMPTY:-d} ${EMPTY-d}", "d d "],
  ["${A:+set} ${EMPTY:+set} ${EMPTY+set} ${NONE+set}", "set  set "],
  ["${NONE:-${A}/x}", "one/x"],
  ["\\$A '$A' \"$A\"", "$A $A one"],
  ['"a \\" b" \\"', 'a " b "'],
  ["$", "$"],
  ["a$1b", "ab"],
])("%s", (text, expected) => {
  expect(expandWord(text, options)).toBe(expected);
});

test("words are split as a shell does, and variables stay whole", () => {
  expect(splitWords("a  'b c' \"d e\"f g\\ h $SPACED", options)).toEqual([
    "a",
    "b c",
    "d ef",
    "g h",
    "a b",
  ]);
  expect(splitWords("", options)).toEqual([]);
});

test("pairs have two forms", () => {
  expect(splitPairs('A=1 B="x y" C=$A', options)).toEqual([
    ["A", "1"],
    ["B", "x y"],
    ["C", "one"],
  ]);
  expect(splitPairs("A some value", options)).toEqual([["A", "some value"]]);
  for (const text of ["A", "A=1 B", "=x"])
    expect(() => splitPairs(text, options)).toThrow("NAME=VALUE");
});

test.each(["'a", '"a', "${A", "${A:-", "${}", "${A!}"])("%s is refused", (text) => {
  expect(() => expandWord(text, options)).toThrow();
});

test("lists are JSON", () => {
  expect(jsonWords('["a b", "c"]')).toEqual(["a b", "c"]);
  for (const text of ["[a]", '["a", 1]', "a", "[", '{"a":1}'])
    expect(jsonWords(text)).toBeUndefined();
});
