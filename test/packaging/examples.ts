import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeOciLayout } from "../demo/archives.ts";
import { writeLayer } from "../demo/layer.ts";
import { checkoutTree, filesOf } from "../demo/trees.ts";
import { finish, ROOT } from "./commands.ts";

export const EXAMPLES_PATH: string = join(ROOT, "docs", "examples");

export interface Example {
  /** The file's name without its ending. */
  readonly name: string;
  /** As the comment at its end says. */
  readonly prints: string;
}

/** What is looked at of the output of an example that is a test. */
const NOTHING_FAILED = "fail 0";

export function readExamples(): Example[] {
  return globSync("*.ts", { cwd: EXAMPLES_PATH })
    .sort()
    .map((file) => {
      const text = readFileSync(join(EXAMPLES_PATH, file), "utf8");
      const prints = /^\/\* prints:\n(.*)^\*\/$/ms.exec(text)?.[1] ?? NOTHING_FAILED;
      return { name: file.replace(/\.ts$/, ""), prints };
    });
}

export interface RunOptions {
  /** The program to run it with. */
  readonly node: string;
  /** The example's file, as it is or compiled. */
  readonly file: string;
  /** An archive as {@link writeExampleArchive} makes it. */
  readonly archive: string;
  /** Empty, for this run. */
  readonly directory: string;
}

/** Runs an example; gives what it printed, of a test how many failed. Any other exit status than 0 throws. */
export async function runExample(options: RunOptions): Promise<string> {
  const { node, file, archive, directory } = options;
  const args = [join(directory, "store"), archive, join(directory, "saved.tar")];
  const { status, stdout, output } = await finish([node, file, ...args]);
  if (status !== 0) throw new Error(`${file}: exit status ${status}\n${output}`);
  return /^. (fail \d+)$/m.exec(stdout)?.[1] ?? stdout;
}

/** An archive for the example that loads one: two images with a layer in common. */
export async function writeExampleArchive(directory: string): Promise<string> {
  const created = new Date(Date.UTC(2026, 0, 1));
  const layer = async (name: string, tree: string) => ({
    createdBy: `COPY ${name} /`,
    tar: await writeLayer(join(directory, `${name}.layer`), {
      files: filesOf([checkoutTree(tree, name)]),
      mtime: created,
    }),
  });
  const base = await layer("base", "packages/content/src");
  const images = [
    { name: "one:latest", created, layers: [base, await layer("tar", "packages/tar/src")] },
    { name: "two:latest", created, layers: [base, await layer("hash", "packages/hash/src")] },
  ];
  const path = join(directory, "images.tar");
  await writeOciLayout(path, images);
  return path;
}
