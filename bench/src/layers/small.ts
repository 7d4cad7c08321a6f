import type { Dirent } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Digest } from "@shale/content";
import { addLayer, beginLayout, finishLayout, type Layout } from "./layout.ts";
import { type TarContent, writeTar } from "./write-tar.ts";

const MIB = 1024 * 1024;
const MODULES_PATH = fileURLToPath(new URL("../../../node_modules/.pnpm", import.meta.url));

interface SmallFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Layers made of what is at hand: installed packages, the same once more as a later build would
 * write them (new times, every tenth file changed), and the beginning of the Node runtime.
 */
export async function smallLayout(path: string): Promise<Layout> {
  await beginLayout(path);
  const packages = await installedFiles(5 * MIB);
  const rebuilt = packages.map(({ name, bytes }, i) =>
    i % 10 === 0
      ? { name, bytes: Buffer.concat([bytes, Buffer.from(`// ${i}\n`)]) }
      : { name, bytes },
  );
  const runtime = [{ name: "usr/bin/node", bytes: await beginningOf(process.execPath, 6 * MIB) }];
  const digests: Digest[] = [];
  for (const [at, files] of [packages, rebuilt, runtime].entries()) {
    const tarPath = join(path, "layer.tar");
    await writeTar(tarPath, smallEntries(files, at));
    digests.push(await addLayer(path, tarPath));
  }
  return await finishLayout(path, digests);
}

function* smallEntries(files: readonly SmallFile[], day: number): Generator<TarContent> {
  const mtime = new Date(Date.UTC(2024, 0, 1 + day));
  for (const { name, bytes } of files) {
    yield { header: { name, size: bytes.length, mtime }, content: [bytes] };
  }
}

/** Files of installed packages, in the order of their names, until there are `wantedBytes`. */
async function installedFiles(wantedBytes: number): Promise<SmallFile[]> {
  const files: SmallFile[] = [];
  let left = wantedBytes;
  for await (const path of filesBelow(MODULES_PATH)) {
    if ((await stat(path)).size > MIB) continue;
    const bytes = await readFile(path);
    files.push({ name: `app/node_modules/${path.slice(MODULES_PATH.length + 1)}`, bytes });
    left -= bytes.length;
    if (left <= 0) break;
  }
  return files;
}

async function* filesBelow(directory: string): AsyncGenerator<string> {
  const entries = await readdir(directory, { withFileTypes: true });
  const byName = (a: Dirent, b: Dirent) => (a.name < b.name ? -1 : 1);
  for (const entry of entries.sort(byName)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

async function beginningOf(path: string, sizeBytes: number): Promise<Uint8Array> {
  await using file = await open(path);
  const bytes = new Uint8Array(sizeBytes);
  const { bytesRead } = await file.read(bytes, 0, sizeBytes, 0);
  return bytes.subarray(0, bytesRead);
}
