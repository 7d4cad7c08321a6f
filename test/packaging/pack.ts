import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { readPackages } from "../gate/sources.ts";
import { pnpm, ROOT, succeed } from "./commands.ts";

export interface Tarball {
  /** As users name the package. */
  readonly name: string;
  /** The folder under `packages/`. */
  readonly folder: string;
  readonly path: string;
}

/** Builds every package; turbo brings back what did not change. Nothing of an earlier build stays. */
export async function buildAll(): Promise<void> {
  for (const folder of readPackages().keys()) {
    await rm(join(ROOT, "packages", folder, "dist"), { recursive: true, force: true });
  }
  await succeed([...pnpm(), "run", "build"]);
}

/** Packs every package that was built, as it would be published. */
export async function packAll(directory: string): Promise<Tarball[]> {
  await mkdir(directory, { recursive: true });
  const { stdout } = await succeed([
    ...pnpm(),
    ...["--recursive", "--filter", "./packages/*"],
    ...["pack", "--json", "--pack-destination", directory],
  ]);
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  return [...readPackages()].map(([folder, { name }]) => {
    const one = packed.find((candidate) => candidate.name === name);
    if (one === undefined) throw new Error(`pack ${name}: pnpm did not; it packed\n${stdout}`);
    return { name, folder, path: one.filename };
  });
}

/** What publint finds in a tarball, one line a finding. */
export async function lintTarball({ path }: Tarball): Promise<string[]> {
  const { publint } = await import("publint");
  const { formatMessage } = await import("publint/utils");
  const bytes = await readFile(path);
  const tarball = new Uint8Array(bytes).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => `${pkg.name}: ${formatMessage(message, pkg, { color: false })}`);
}
