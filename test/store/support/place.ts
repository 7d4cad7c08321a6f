import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A directory for the tests of one file, removed after them. Call at the top of the file. */
export async function makePlace(name: string): Promise<{ readonly next: () => string }> {
  const directory = await mkdtemp(join(tmpdir(), `shale-${name}-`));
  afterAll(() => rm(directory, { recursive: true, force: true }));
  let count = 0;
  return { next: () => join(directory, String(count++)) };
}
