import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXAMPLES_PATH, readExamples, runExample, writeExampleArchive } from "./examples.ts";

let directory: string;
let archive: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-examples-"));
  archive = await writeExampleArchive(directory);
});

afterAll(() => rm(directory, { recursive: true }));

const examples = readExamples().map(({ name, prints }) => [name, prints] as const);

test.each(examples)("docs/examples: %s prints what it says", async (name, prints) => {
  const own = join(directory, name);
  await mkdir(own);
  const file = join(EXAMPLES_PATH, `${name}.ts`);
  expect(await runExample({ node: process.execPath, file, archive, directory: own })).toBe(prints);
});
