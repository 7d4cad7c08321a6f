import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { run } from "../deflate.ts";
import { isMet } from "../row.ts";

let programs: string;

// Other encoders take half a minute, and are not everywhere; `pnpm bench --smoke` runs those that are there.
beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), "shale-bench-programs-"));
  await symlink("/bin/sh", join(programs, "sh"));
  vi.stubEnv("PATH", programs);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(programs, { recursive: true });
});

test("runs on small inputs, with no encoder but Node's", async () => {
  const rows = await run({ smoke: true });
  expect(new Set(rows.map(({ group, name }) => `${group}: ${name}`)).size).toBe(rows.length);
  const measured = rows.filter(({ missing }) => missing === undefined);
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
