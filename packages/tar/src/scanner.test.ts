import { describe, expect, test } from "vitest";
import { createTarScanner } from "./scanner.ts";
import type { SegmentSink, TarScanner } from "./segments.ts";
import { header, member, pax, TRAILER } from "./testing/build.ts";

/** What a sink was told, call by call. */
function recorder(): { calls: string[]; sink: Required<SegmentSink> } {
  const calls: string[] = [];
  const sink: Required<SegmentSink> = {
    literal: (start, end) => calls.push(`literal ${start}-${end}`),
    payload: (start, end, last) => calls.push(`payload ${start}-${end}${last ? " last" : ""}`),
    entry: ({ path, payloadOffset }) => calls.push(`entry ${path} @${payloadOffset}`),
  };
  return { calls, sink };
}

const TAR = Buffer.concat([
  member({ name: "dir/", type: "5" }),
  member({ name: "a" }, "x".repeat(700)),
  member({ name: "empty" }),
  member({ name: "b" }, "y".repeat(512)),
  TRAILER,
]);

describe("scan", () => {
  test("headers are announced behind their bytes and before their content", () => {
    const { calls, sink } = recorder();
    const scanner = createTarScanner(sink);
    scanner.scan(TAR);
    scanner.finish();
    expect(calls).toEqual([
      "literal 0-512",
      "entry dir/ @512",
      "literal 512-1024",
      "entry a @1024",
      "payload 1024-1724 last",
      "literal 1724-2560",
      "entry empty @2560",
      "literal 2560-3072",
      "entry b @3072",
      "payload 3072-3584 last",
      "literal 3584-4608",
    ]);
  });

  test("a sink that asks for no entries gets one literal between two payloads", () => {
    const { calls, sink } = recorder();
    const scanner = createTarScanner({ literal: sink.literal, payload: sink.payload });
    scanner.scan(TAR);
    expect(calls).toEqual([
      "literal 0-1024",
      "payload 1024-1724 last",
      "literal 1724-3072",
      "payload 3072-3584 last",
      "literal 3584-4608",
    ]);
  });

  test("positions count from the start of each piece", () => {
    const { calls, sink } = recorder();
    const scanner = createTarScanner(sink);
    for (const [from, to] of [
      [0, 700],
      [700, 700],
      [700, 1100],
      [1100, 1724],
      [1724, 1725],
      [1725, 4608],
    ] as const) {
      scanner.scan(TAR.subarray(from, to));
    }
    expect(calls).toEqual([
      ...["literal 0-512", "entry dir/ @512", "literal 512-700"],
      ...["literal 0-324", "entry a @1024", "payload 324-400"],
      "payload 0-624 last",
      "literal 0-1",
      ...["literal 0-835", "entry empty @2560", "literal 835-1347", "entry b @3072"],
      ...["payload 1347-1859 last", "literal 1859-2883"],
    ]);
  });

  test("names are read from shared memory too", () => {
    const input = Buffer.concat([
      pax({ linkpath: "täglich" }),
      member({ name: "nämlich", type: "2" }),
    ]);
    const shared = new Uint8Array(new SharedArrayBuffer(input.length));
    shared.set(input);
    const found: string[] = [];
    const { sink } = recorder();
    const scanner = createTarScanner({
      ...sink,
      entry: ({ path, linkPath }) => found.push(path, linkPath),
    });
    scanner.scan(shared);
    expect(found).toEqual(["nämlich", "täglich"]);
  });
});

describe("skip", () => {
  const pieces: [label: string, scan: (scanner: TarScanner) => void, skippableBytes: number][] = [
    ["at the start", () => {}, 0],
    ["inside of a header", (scanner) => scanner.scan(TAR.subarray(0, 600)), 0],
    ["at the start of content", (scanner) => scanner.scan(TAR.subarray(0, 1024)), 1024],
    ["inside of content", (scanner) => scanner.scan(TAR.subarray(0, 1025)), 1023],
    ["inside of padding", (scanner) => scanner.scan(TAR.subarray(0, 2047)), 1],
    ["behind an empty file", (scanner) => scanner.scan(TAR.subarray(0, 2560)), 0],
    ["at the end", (scanner) => scanner.scan(TAR), 0],
  ];

  test.each(pieces)("%s", (_, scan, skippableBytes) => {
    const { sink } = recorder();
    const scanner = createTarScanner(sink);
    scan(scanner);
    expect(scanner.skippableBytes).toBe(skippableBytes);
    expect(() => scanner.skip(skippableBytes + 1)).toThrow(RangeError);
    expect(() => scanner.skip(-1)).toThrow(RangeError);
    expect(() => scanner.skip(0.5)).toThrow(RangeError);
    expect(() => scanner.skip(Number.NaN)).toThrow(RangeError);
  });

  test("goes on behind what was skipped", () => {
    const { calls, sink } = recorder();
    const scanner = createTarScanner(sink);
    scanner.scan(TAR.subarray(0, 1100));
    scanner.skip(500);
    scanner.scan(TAR.subarray(1600, 1650));
    scanner.skip(scanner.skippableBytes);
    scanner.scan(TAR.subarray(2048, 3072));
    scanner.skip(512);
    scanner.scan(TAR.subarray(3584));
    expect(calls).toEqual([
      ...["literal 0-512", "entry dir/ @512", "literal 512-1024", "entry a @1024"],
      ...["payload 1024-1100", "payload 0-50"],
      ...["literal 0-512", "entry empty @2560", "literal 512-1024", "entry b @3072"],
      "literal 0-1024",
    ]);
    expect(scanner.finish()).toEqual({
      entries: 4,
      doubtfulEntries: 0,
      sizeBytes: TAR.length,
      payloadBytes: 1212,
      truncated: false,
      terminated: true,
    });
  });

  test("the body of an extension that nobody reads may be skipped", () => {
    const { sink } = recorder();
    const scanner = createTarScanner(sink, { extensionBytes: 1000 });
    scanner.scan(header({ name: "x", type: "x", size: 1000 }));
    expect(scanner.skippableBytes).toBe(0);
    const strict = createTarScanner(sink, { extensionBytes: 999 });
    strict.scan(header({ name: "x", type: "x", size: 1000 }));
    expect(strict.skippableBytes).toBe(1024);
  });
});

test("nothing goes on after finish", () => {
  const { sink } = recorder();
  const scanner = createTarScanner(sink);
  scanner.finish();
  expect(() => scanner.scan(TAR)).toThrow(TypeError);
  expect(() => scanner.finish()).toThrow(TypeError);
});

test("an archive within a file stays a file, though its header says that it has no bytes (CVE-2025-62518)", () => {
  const inner = Buffer.concat([member({ name: "smuggled" }, "z".repeat(600)), TRAILER]);
  const outer = Buffer.concat([
    pax({ path: "outer.tar", size: `${inner.length}` }),
    member({ name: "outer.tar", size: 0 }, inner),
    member({ name: "after" }, "w".repeat(512)),
    TRAILER,
  ]);
  const { calls, sink } = recorder();
  const scanner = createTarScanner(sink);
  scanner.scan(outer);
  scanner.finish();
  const entries = calls.filter((call) => call.startsWith("entry"));
  expect(entries.map((call) => call.split(" ")[1])).toEqual(["outer.tar", "after"]);
});
