import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

interface Library {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/**
 * The licences of all libraries that modules come from, each with its text.
 * @throws when a library comes without one: it could not be passed on
 */
export async function licencesOf(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.flatMap((path) => folderOfLibrary(path) ?? []));
  const parts = await Promise.all([...folders].map(licenceOf));
  return `${parts.sort().join("\n\n---\n\n")}\n`;
}

/** Of `…/node_modules/@a/b/c.js`, all up to `b`; our own packages are in no such folder. */
function folderOfLibrary(path: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}

async function licenceOf(folder: string): Promise<string> {
  const description = await readFile(join(folder, "package.json"), "utf8");
  const { name, version, license } = JSON.parse(description) as Library;
  const files = (await readdir(folder)).filter((file) =>
    /^(licen[cs]e|copying|notice)/i.test(file),
  );
  if (files.length === 0)
    throw new Error(`read the licence of ${name}: ${dirname(folder)} has none`);
  const texts = await Promise.all(files.sort().map((file) => readFile(join(folder, file), "utf8")));
  return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join("\n\n");
}
