import { describe, expect, test } from "vitest";
import { BENCHMARKS } from "./benchmarks.ts";
import { isMet } from "./row.ts";

/** The others have a test beside them, or take in more than a test should wait for. */
const QUICK = ["reingest", "restore", "storage", "lookup"];

describe.each(QUICK)("%s", (name) => {
  test("runs on small inputs, and gives rows that hold together", async () => {
    const { run } = await BENCHMARKS[name]!();
    const rows = await run({ smoke: true });
    expect(new Set(rows.map((row) => `${row.group}: ${row.name}`)).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.value).toBeGreaterThan(0);
      expect(row.runs).toBe(1);
      if (row.goal?.of === "value") expect(isMet(row)).toBeTypeOf("boolean");
      if (row.baseline === undefined) continue;
      const base = rows.find((other) => other.group === row.group && other.name === row.baseline);
      expect(row.ratio).toBeCloseTo(row.value / base!.value, 6);
    }
  });
});
