import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { TarEntryType } from "../../../packages/tar/src/index.ts";
import { type CutEntry, cut } from "../../../packages/tar/src/testing/cut.ts";
import { type CorpusTar, readCorpus } from "./corpus.ts";

const LETTERS: Readonly<Record<TarEntryType, string>> = {
  file: "-",
  sparse: "-",
  hardlink: "h",
  symlink: "l",
  "character-device": "c",
  "block-device": "b",
  directory: "d",
  fifo: "p",
  other: "VMd",
};

/** Their last member, or what stands where one begins, is not there whole. */
const TRUNCATED = new Set([
  "cut-before-padding",
  "cut-in-extension",
  "cut-in-payload",
  "volume-gnu-1",
  "volume-pax-1",
  "volume-pax-2",
  "volumes-joined-pax",
]);

const UNTERMINATED = new Set([...TRUNCATED, "no-trailer"]);

const CORPUS = readCorpus();

test("the corpus is there, and small", () => {
  expect(CORPUS.length).toBeGreaterThanOrEqual(45);
  expect(CORPUS.every((tar) => tar.bytes.length > 0)).toBe(true);
});

describe.each(CORPUS)("$name", (tar) => {
  const found = cut(tar.bytes);

  test("members are those that GNU tar lists", () => {
    const members = found.entries.map(({ path, linkPath }) => ({ path: plain(path), linkPath }));
    expect(members).toEqual(
      tar.members.map(({ path, linkPath }) => ({ path: plain(path), linkPath })),
    );
    for (const [i, { letter, sizeBytes }] of tar.members.entries()) {
      const entry = found.entries[i]!;
      expect(LETTERS[entry.type], entry.path).toContain(letter);
      if (entry.type !== "sparse") expect(entry.sizeBytes, entry.path).toBe(sizeBytes);
      else expect(entry.sizeBytes, entry.path).toBeLessThan(sizeBytes);
    }
  });

  test("payloads are what GNU tar extracts", () => {
    expect(payloadsLike(tar, found.entries)).toEqual(
      tar.payloads.map((payload) => ({ ...payload, path: plain(payload.path) })),
    );
  });

  test("pieces of any size make the same segments", () => {
    for (const length of [1, 7, 511, 512, 513, 10_240]) {
      const pieces = Array.from({ length: Math.ceil(tar.bytes.length / length) }, () => length);
      expect(cut(tar.bytes, { pieces })).toEqual(found);
    }
  });

  test("how it ends is seen", () => {
    expect(found.summary).toEqual({
      entries: tar.members.length,
      doubtfulEntries: 0,
      sizeBytes: tar.bytes.length,
      payloadBytes: found.entries.reduce((sum, entry) => sum + entry.content.length, 0),
      truncated: TRUNCATED.has(tar.name),
      terminated: !UNTERMINATED.has(tar.name),
    });
  });
});

/** Writers and GNU tar's listing differ on the slash at the end of a directory's name. */
function plain(path: string): string {
  return path.replace(/\/$/, "");
}

/** The entries that have content, told the way the corpus tells them. */
function payloadsLike(tar: CorpusTar, entries: readonly CutEntry[]): CorpusTar["payloads"] {
  const withContent = entries.filter(
    ({ type, sizeBytes }) => type === "file" || type === "sparse" || sizeBytes > 0,
  );
  return withContent.map((entry, i) => {
    const kind = entry.type === "sparse" || entry.type === "file" ? entry.type : "other";
    // Before what lies between the holes there may be their map.
    const sizeBytes = kind === "sparse" ? (tar.payloads[i]?.sizeBytes ?? 0) : entry.sizeBytes;
    const content = kind === "sparse" ? entry.content.subarray(-sizeBytes) : entry.content;
    const sha256 = createHash("sha256").update(content).digest("hex");
    return { kind, sha256, sizeBytes, path: plain(entry.path) };
  });
}
