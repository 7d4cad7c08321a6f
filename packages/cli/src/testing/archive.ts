import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A layer: names and contents of its files. */
export type LayerFiles = Readonly<Record<string, string | Uint8Array>>;

export interface ArchiveImage {
  readonly tags: readonly string[];
  readonly layers: readonly LayerFiles[];
  /** RFC 3339. */
  readonly created?: string;
}

/** Writes images as `docker save` does, with the system's tar; `path` names the archive to be made. */
export async function writeArchive(path: string, images: readonly ArchiveImage[]): Promise<string> {
  const draft = `${path}.files`;
  await mkdir(draft);
  const manifest: unknown[] = [];
  for (const image of images) manifest.push(await writeImage(draft, image));
  await writeFile(join(draft, "manifest.json"), JSON.stringify(manifest));
  await tar(draft, path);
  return path;
}

async function writeImage(
  draft: string,
  { tags, layers, created }: ArchiveImage,
): Promise<unknown> {
  const names: string[] = [];
  const diffIds: string[] = [];
  for (const files of layers) {
    const bytes = await layerTar(draft, files);
    const hex = sha256(bytes);
    names.push(`${hex}.tar`);
    diffIds.push(`sha256:${hex}`);
    await writeFile(join(draft, `${hex}.tar`), bytes);
  }
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    created: created ?? "2024-01-26T21:44:21Z",
    config: { Labels: { tags: tags.join(" ") } },
    rootfs: { type: "layers", diff_ids: diffIds },
    history: layers.map(() => ({ created_by: "COPY" })),
  });
  const configName = `${sha256(Buffer.from(config))}.json`;
  await writeFile(join(draft, configName), config);
  return { Config: configName, RepoTags: tags.length === 0 ? null : tags, Layers: names };
}

const LAYER_TIME = new Date("2025-01-01T00:00:00Z");

async function layerTar(draft: string, files: LayerFiles): Promise<Buffer> {
  const root = `${draft}.layer`;
  await mkdir(root, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(root, name), content);
    // The same files are the same layer, whenever they were written.
    await utimes(join(root, name), LAYER_TIME, LAYER_TIME);
  }
  const args = ["-cf", "-", "-C", root, ...Object.keys(files)];
  const { stdout } = await run("tar", args, { encoding: "buffer", maxBuffer: 1 << 28 });
  return stdout;
}

async function tar(directory: string, path: string): Promise<void> {
  await run("tar", ["-cf", path, "-C", directory, "."]);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
