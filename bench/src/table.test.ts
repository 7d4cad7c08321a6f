import { expect, test } from "vitest";
import type { BenchRow } from "./row.ts";
import { toMarkdown } from "./table.ts";

const machine = {
  cpu: "Some CPU",
  cores: 2,
  memoryBytes: 16e9,
  kernel: "Linux 6.1",
  system: "Debian",
  node: "v24.0.0",
  tools: { openssl: "openssl 3.0" },
  startedAt: "2026-01-01T00:00:00.000Z",
  loadAverage: [0.1, 0.2, 0.3],
};

const rows: BenchRow[] = [
  {
    name: "ours",
    group: "hash",
    value: 3,
    unit: "s",
    baseline: "zstd | openssl",
    ratio: 1.5,
    runs: 3,
    goal: { of: "ratio", is: "at most", limit: 1.2 },
    also: { "index, MB": 12.34 },
  },
  { name: "zstd | openssl", group: "hash", value: 2, unit: "s", runs: 3 },
];

test("a table names the machine, shows rows that lose, and keeps its cells apart", () => {
  const text = toMarkdown([{ name: "restore", smoke: false, machine, rows }]);
  expect(text).toBe(
    [
      "### restore",
      "",
      "Some CPU, 2 cores, 16 GB; Debian, Linux 6.1, Node v24.0.0; openssl 3.0; " +
        "2026-01-01T00:00:00.000Z, load 0.1 0.2 0.3",
      "",
      "**hash**",
      "",
      "| name | value | baseline | ratio | goal | met? |",
      "| --- | --: | --: | --: | --: | --: |",
      "| ours | 3.00 s | 2.00 s (zstd \\| openssl) | 1.50 | ≤ 1.2 × | no |",
      "| zstd \\| openssl | 2.00 s |  |  |  |  |",
      "",
      "- ours: index, MB: 12.3",
      "",
    ].join("\n"),
  );
});

test("a smoke run says that its numbers mean nothing", () => {
  const text = toMarkdown([{ name: "restore", smoke: true, machine, rows: [] }]);
  expect(text).toContain("the numbers mean nothing");
});

test("a group shows columns of its own, and what was not measured", () => {
  const table: BenchRow[] = [
    { name: "a", group: "g", value: 1, unit: "%", runs: 1, columns: { model: "m/1", tier: 0 } },
    { name: "b", group: "g", value: 0, unit: "%", runs: 0, missing: "b is not installed" },
  ];
  const text = toMarkdown([{ name: "deflate", smoke: false, machine, rows: table }]);
  expect(text).toContain("| name | value | baseline | ratio | goal | met? | model | tier |\n");
  expect(text).toContain("| a | 1.00 % |  |  |  |  | m/1 | 0.00 |\n");
  expect(text).toContain("| b | b is not installed |  |  |  |  |  |  |\n");
});
