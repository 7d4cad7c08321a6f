import type { TarEntry } from "@shale/tar";
import { expect, test } from "vitest";
import { createMemberIndex } from "./member-index.ts";
import type { Member } from "./members.ts";
import { memberPath } from "./path.ts";

const member: Member = { source: { sizeBytes: 0, read: async () => 0 } };

function link(type: "symlink" | "hardlink", path: string, linkPath: string): TarEntry {
  return { type, path, linkPath, sizeBytes: 0, payloadOffset: 0 };
}

test.each([
  ["a/b", "a/b"],
  ["./a//b/.", "a/b"],
  ["/a/b", "a/b"],
  ["a/../b", "b"],
  ["a/b/../../c", "c"],
  ["..", undefined],
  ["a/../../b", undefined],
  ["", undefined],
  ["./", undefined],
])("%j is the member %j", (path, expected) => {
  expect(memberPath(path)).toBe(expected);
});

test("links of both kinds lead to their file, also over other links", () => {
  const index = createMemberIndex();
  index.addFile("layers/one.tar", member);
  index.addLink(link("symlink", "two/layer.tar", "../layers/one.tar"));
  index.addLink(link("hardlink", "three/layer.tar", "two/layer.tar"));
  index.addLink(link("symlink", "four/layer.tar", "layer.tar"));
  for (const path of ["layers/one.tar", "./two/layer.tar", "three/layer.tar"]) {
    expect(index.find(path)).toBe(member);
  }
  expect(() => index.find("four/layer.tar")).toThrow(/in a circle/);
  expect(index.find("five")).toBeUndefined();
});

test("a link out of the archive leads nowhere", () => {
  const index = createMemberIndex();
  index.addFile("etc/passwd", member);
  index.addLink(link("symlink", "a/b", "../../etc/passwd"));
  index.addLink(link("hardlink", "c", "../etc/passwd"));
  expect(index.find("a/b")).toBeUndefined();
  expect(index.find("c")).toBeUndefined();
});

test("of several members of one path the last one counts", () => {
  const index = createMemberIndex();
  const later: Member = { source: { sizeBytes: 1, read: async () => 0 } };
  index.addLink(link("symlink", "a", "b"));
  index.addFile("./a", member);
  index.addFile("a", later);
  expect(index.find("a")).toBe(later);
});

test("no more members are held than the limit says", () => {
  const index = createMemberIndex();
  for (let at = 0; at < 250_000; at++) index.addFile(`m${at}`, member);
  index.addFile("m0", member);
  expect(() => index.addFile("one more", member)).toThrow(/more than 250000 members/);
});
