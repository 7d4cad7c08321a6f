import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "./commands.ts";
import { layerIn, layerTar, someFiles } from "./layers.ts";
import { digestOf } from "./state.ts";
import { Died, type StoreProcess } from "./store-process.ts";

/**
 * A bit of everything that changes a store. Each command takes effect as a whole or not at all, so that a store whose
 * process died is what it was before the command under way, or what it is after it.
 */
export async function makeScenario(directory: string): Promise<Command[]> {
  const shared = someFiles(6, { firstSeed: 100, sizeBytes: 90_000 });
  const base = await layerTar([
    ...shared,
    ...someFiles(1, { firstSeed: 200, sizeBytes: 1_200_000 }),
  ]);
  const second = await layerTar([
    ...shared,
    ...someFiles(8, { firstSeed: 300, sizeBytes: 150_000 }),
  ]);
  const third = await layerTar(someFiles(20, { firstSeed: 400, sizeBytes: 20_000 }));
  const blobs = {
    base,
    second,
    third,
    gzip: layerIn("gzip", third),
    zstd: layerIn("zstd", second),
    text: Buffer.from("a file of text, not a layer\n".repeat(30_000)),
    manifest: Buffer.from(JSON.stringify({ layers: [digestOf(base), digestOf(second)] })),
  };
  const files = {} as Record<keyof typeof blobs, string>;
  for (const [name, bytes] of Object.entries(blobs)) {
    files[name as keyof typeof blobs] = join(directory, name);
    await writeFile(join(directory, name), bytes);
  }
  const links = [digestOf(base), digestOf(second)];
  return [
    { op: "load", file: files.base, via: "source" },
    { op: "tag", name: "base", digest: digestOf(base) },
    { op: "load", file: files.second, via: "stream" },
    { op: "load", file: files.manifest, via: "stream", links },
    { op: "tag", name: "image", digest: digestOf(blobs.manifest) },
    { op: "add", repository: "lib/one", digests: [digestOf(blobs.manifest), digestOf(base)] },
    { op: "add", repository: "lib/two", digests: links },
    { op: "write", file: files.zstd, id: "upload" },
    { op: "load", file: files.gzip, via: "stream" },
    { op: "settle", digest: digestOf(blobs.gzip) },
    { op: "settle", digest: digestOf(second) },
    { op: "tag", name: "image", digest: digestOf(blobs.gzip) },
    { op: "untag", name: "base" },
    { op: "load", file: files.text, via: "stream" },
    { op: "delete", digest: digestOf(blobs.text) },
    { op: "load", file: files.zstd, via: "stream", id: "upload" },
    { op: "remove", repository: "lib/one", digest: digestOf(base) },
    { op: "collect" },
    { op: "remove", repository: "lib/one", digest: digestOf(blobs.manifest) },
    { op: "remove", repository: "lib/two", digest: digestOf(base) },
    { op: "remove", repository: "lib/two", digest: digestOf(second) },
    { op: "add", repository: "lib/two", digests: [digestOf(blobs.gzip)] },
    { op: "collect" },
    { op: "load", file: files.second, via: "source" },
    { op: "load", file: files.third, via: "source" },
    { op: "delete", digest: digestOf(second) },
    { op: "tag", name: "last", digest: digestOf(third) },
    { op: "collect" },
  ];
}

/** How many of the commands the process acknowledged before it died, or all of them. */
export async function runUntilDeath(
  process: StoreProcess,
  commands: readonly Command[],
): Promise<number> {
  for (const [index, command] of commands.entries()) {
    try {
      await process.call(command);
    } catch (error) {
      if (error instanceof Died) return index;
      throw error;
    }
  }
  return commands.length;
}
