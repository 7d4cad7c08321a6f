import { describe, expect, test } from "vitest";
import { type CutEntry, cut } from "../../../packages/tar/src/testing/cut.ts";
import { DAMAGE } from "./odd-damage.ts";
import { DIALECTS } from "./odd-dialects.ts";
import { EXTENSIONS } from "./odd-extensions.ts";
import { LINKS, SIZES } from "./odd-sizes.ts";
import type { OddTar } from "./odd-tar.ts";

describe.each([
  ["sizes", SIZES],
  ["links", LINKS],
  ["extensions", EXTENSIONS],
  ["dialects", DIALECTS],
  ["damage", DAMAGE],
])("%s", (_, tars) => {
  test.each(tars)("$name", (tar) => {
    const input = Buffer.concat(tar.parts);
    const options = tar.extensionBytes === undefined ? {} : { extensionBytes: tar.extensionBytes };
    const found = cut(input, options);
    expect(found.entries.map(told)).toEqual(tar.entries);
    expect(found.summary).toMatchObject(summaryOf(tar, input.length));
    for (const length of [1, 100, 512, 1000]) {
      const pieces = Array.from({ length: Math.ceil(input.length / length) }, () => length);
      expect(cut(input, { ...options, pieces })).toEqual(found);
    }
  });
});

function told({ type, path, linkPath, content }: CutEntry): string {
  const link = linkPath === "" ? "" : `->${linkPath}`;
  const hasContent = content.length > 0 || type === "file";
  return `${type} ${path}${link}${hasContent ? `=${content.toString("latin1")}` : ""}`;
}

function summaryOf(tar: OddTar, sizeBytes: number): object {
  return {
    entries: tar.entries.length,
    doubtfulEntries: tar.doubtfulEntries ?? 0,
    sizeBytes,
    truncated: tar.truncated ?? false,
  };
}
