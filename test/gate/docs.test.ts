import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./sources.ts";

const PAGES = [
  "*.md",
  "docs/**/*.md",
  "packages/*/README.md",
  "bench/*.md",
  "bench/families/*.md",
].flatMap((pattern) => globSync(pattern, { cwd: ROOT }));

describe.each(PAGES)("%s", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");

  test("links to what is there", () => {
    const links = [...text.matchAll(/\]\((?!\w+:)([^)#]+)(#[^)]*)?\)/g)].map((match) => match[1]!);
    const broken = links.filter((link) => !existsSync(join(ROOT, dirname(page), link)));
    expect(broken).toEqual([]);
  });

  test("names files that are there", () => {
    const paths = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.(?:ts|sh|md))`/g)].map(
      (match) => match[1]!,
    );
    const bases = [ROOT, join(ROOT, "packages"), join(ROOT, dirname(page))];
    const absent = paths.filter((path) => !bases.some((base) => existsSync(join(base, path))));
    expect(absent).toEqual([]);
  });
});
