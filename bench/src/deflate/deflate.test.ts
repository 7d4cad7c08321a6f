import { expect, test } from "vitest";
import { run } from "../deflate.ts";
import { isMet } from "../row.ts";

test("runs on small inputs, with the encoders that are there", { timeout: 120_000 }, async () => {
  const rows = await run({ smoke: true });
  expect(new Set(rows.map(({ group, name }) => `${group}: ${name}`)).size).toBe(rows.length);
  const measured = rows.filter(({ missing }) => missing === undefined);
  // Node itself is always there.
  expect(measured.map(({ name }) => name)).toContain("node:zlib 6");
  for (const row of measured) {
    expect(row.value).toBeGreaterThan(0);
    expect(row.runs).toBe(1);
    if (row.goal?.of === "value") expect(isMet(row)).toBeTypeOf("boolean");
    if (row.baseline === undefined) continue;
    const base = rows.find(({ group, name }) => group === row.group && name === row.baseline);
    expect(row.ratio).toBeCloseTo(row.value / base!.value, 6);
  }
});
