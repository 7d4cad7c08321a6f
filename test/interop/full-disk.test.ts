import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { openStore } from "../../packages/store/src/index.ts";
import { layerIn, layerTar, someFiles } from "../store/support/layers.ts";
import { contextOf, runCommand } from "../store/support/run-command.ts";
import { assertVerifies, digestOf, stateOf } from "../store/support/state.ts";
import { StoreProcess } from "../store/support/store-process.ts";

/** Stores on file systems that run full. They are mounted, which takes root. */

const DISK_KIB = 2048;
/** What is left of the disk: little enough for each kind of file to be the one that does not fit. */
const FREE_KIB = [8, 24, 48, 80, 120, 180, 260, 360, 500, 700, 900];

interface Layer {
  readonly file: string;
  readonly tag: string;
  readonly digest: string;
  readonly via: "source" | "stream";
}

let directory: string;
let disk: string;
let layers: Layer[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-full-disk-"));
  disk = join(directory, "disk");
  await mkdir(disk);
  layers = await makeLayers();
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** Tars that are taken apart, compressed ones that are kept whole, and small ones that stand in packs. */
async function makeLayers(): Promise<Layer[]> {
  const made: Layer[] = [];
  for (let seed = 1; seed <= 4; seed++) {
    const tar = await layerTar(someFiles(4, { firstSeed: 100 * seed, sizeBytes: 60_000 }));
    const forms = { small: Buffer.from(`config ${seed}`), tar, gzip: layerIn("gzip", tar) };
    for (const [form, bytes] of Object.entries(forms)) {
      const tag = `${form}-${seed}`;
      const file = join(directory, tag);
      await writeFile(file, bytes);
      const via = form === "tar" ? "source" : "stream";
      made.push({ file, tag, via, digest: digestOf(bytes) });
    }
  }
  return made;
}

async function onDisk(work: () => Promise<void>): Promise<void> {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_KIB}k`, "shale-full-disk", disk]);
  try {
    await work();
  } finally {
    execFileSync("umount", ["--lazy", disk]);
  }
}

/** Leaves just so much free. */
async function fill(freeKib: number): Promise<void> {
  const [, available] = execFileSync("df", ["-k", "--output=avail", disk], { encoding: "utf8" })
    .trim()
    .split("\n");
  await writeFile(join(disk, "filler"), Buffer.alloc((Number(available) - freeKib) * 1024));
}

test.each(FREE_KIB)(
  "with %d KiB free: refused with a code, and nothing is lost",
  async (freeKib) => {
    await onDisk(async () => {
      const path = join(disk, "store");
      await using child = await StoreProcess.start({ path });
      await child.call({ op: "load", ...layers[0]! });
      await fill(freeKib);

      const acknowledged = [layers[0]!];
      const codes = new Set<string>();
      for (const layer of layers.slice(1)) {
        await child.call({ op: "load", ...layer }).then(
          () => acknowledged.push(layer),
          (error: { code?: string }) => codes.add(error.code ?? String(error)),
        );
      }
      assert.deepEqual([...codes], ["STORE_FULL"]);

      // The same process goes on when there is space again.
      await rm(join(disk, "filler"));
      await child.call({ op: "load", ...layers[1]! });
      assert.deepEqual((await child.call({ op: "verify" })).errors, []);
      await child.close();
      assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);

      await using store = await openStore(path, { threads: 1 });
      await assertVerifies(store);
      const { tags } = await stateOf(store);
      for (const { tag, digest } of acknowledged) {
        assert.ok(tags.includes(`${tag} ${digest}`), `${tag} was acknowledged and is gone`);
      }
      await runCommand(contextOf(store), { op: "load", ...layers.at(-1)! });
      await assertVerifies(store);
    });
  },
);

test("a disk that runs full while a copy is written fails no read", async () => {
  await onDisk(async () => {
    const path = join(disk, "store");
    const gzip = layers.find(({ tag }) => tag === "gzip-1")!;
    await using child = await StoreProcess.start({ path, cacheBytes: 10_000_000 });
    await child.call({ op: "load", ...gzip });
    await child.call({ op: "read" });
    await fill(100);
    for (let round = 0; round < 2; round++) await child.call({ op: "read" });
    assert.deepEqual(await cached(path), [".mark"]);
    await rm(join(disk, "filler"));
    await child.call({ op: "read" });
    assert.deepEqual(await cached(path), [""]);
    await child.close();
  });
});

/** What follows the blob's name in the cache. */
async function cached(path: string): Promise<string[]> {
  const names = await readdir(join(path, "cache"));
  return names.map((name) => name.replace(/^sha256-[0-9a-f]{64}/, "")).sort();
}
