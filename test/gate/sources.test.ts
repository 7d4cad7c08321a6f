import { describe, expect, test } from "vitest";
import { circles } from "./circles.ts";
import { importedFile, importedPackage, importsOf, type SourceFile } from "./sources.ts";

describe("imports of a text", () => {
  test.each([
    ['import { a } from "./a.ts";', "./a.ts", false],
    ['import "a";', "a", false],
    ['import * as a from "a";', "a", false],
    ['import type { A } from "a";', "a", true],
    ['import { type A, type B } from "a";', "a", true],
    ['import { type A, b } from "a";', "a", false],
    ['import type a from "a";', "a", true],
    ['export * from "a";', "a", false],
    ['export type { A } from "a";', "a", true],
    ['const a = await import("./a.ts");', "./a.ts", false],
    ['type A = import("a").A;', "a", true],
  ])("%s", (text, specifier, typeOnly) => {
    expect(importsOf(text)).toEqual([{ specifier, typeOnly }]);
  });

  test.each([
    'const a = "import b from c";',
    '// import "a"',
    "export const a = 1;",
    "import(name);",
  ])("none in %s", (text) => expect(importsOf(text)).toEqual([]));
});

test("an import names a file, a package or a part of Node", () => {
  const from = { path: "packages/a/src/b/c.ts" } as SourceFile;
  const of = (specifier: string) => ({ specifier, typeOnly: false });
  expect(importedFile(from, of("../d.ts"))).toBe("packages/a/src/d.ts");
  expect(importedFile(from, of("./d.ts"))).toBe("packages/a/src/b/d.ts");
  expect(importedFile(from, of("d"))).toBeUndefined();
  expect(importedPackage(of("@shale/content/conformance"))).toBe("@shale/content");
  expect(importedPackage(of("lmdb"))).toBe("lmdb");
  expect(importedPackage(of("node:fs"))).toBeUndefined();
  expect(importedPackage(of("./d.ts"))).toBeUndefined();
});

describe("circles", () => {
  const of = (graph: Record<string, string[]>) => circles(new Map(Object.entries(graph)));

  test("a graph without one has none", () => {
    expect(of({ a: ["b", "c"], b: ["c"], c: ["outside"] })).toEqual([]);
  });

  test("a file that imports itself is one", () => {
    expect(of({ a: ["a"] })).toEqual([["a", "a"]]);
  });

  test("one is found from wherever it is entered", () => {
    expect(of({ a: ["b"], b: ["c"], c: ["d"], d: ["b"] })).toEqual([["b", "c", "d", "b"]]);
  });
});
