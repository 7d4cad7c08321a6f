import { describe, expect, test } from "vitest";
import { run as runHashing } from "./hashing.ts";
import { run as runLookups } from "./lookups.ts";
import { run as runScanning } from "./scanning.ts";
import { run as runSplitting } from "./splitting.ts";

describe.each([
  ["hashing", runHashing],
  ["splitting", runSplitting],
  ["scanning", runScanning],
  ["lookups", runLookups],
])("%s", (_name, run) => {
  test("gives rows that name themselves and what they compare with", async () => {
    const rows = await run({ smoke: true });
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ group, name }) => `${group}: ${name}`)).size).toBe(rows.length);
    for (const row of rows) {
      expect(row.value).toBeGreaterThan(0);
      expect(row.runs).toBe(1);
      if (row.baseline === undefined) continue;
      const baseline = rows.find(({ group, name }) => group === row.group && name === row.baseline);
      expect(row.ratio).toBeCloseTo(row.value / baseline!.value, 6);
    }
  });
});
