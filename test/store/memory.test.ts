import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { test } from "vitest";
import { makePlace } from "./support/place.ts";
import { StoreProcess } from "./support/store-process.ts";

const place = await makePlace("memory");
const MIB = 1024 * 1024;

/** Coarse: an ingest holds slabs, blocks and threads, about half of this, and nothing that grows with the layer. */
const BOUND_BYTES = 450 * MIB;
const LAYER_BYTES = 640 * MIB;

test.skipIf(process.platform !== "linux")(
  "the memory of an ingest does not grow with its layer",
  async () => {
    await using child = await StoreProcess.start({ path: place.next() });
    let most = 0;
    let isDone = false;
    const watching = (async () => {
      for (; !isDone; await setTimeout(20)) most = Math.max(most, await ownBytes(child.pid));
    })();
    const { sizeBytes, status } = await child
      .call({ op: "generate", sizeBytes: LAYER_BYTES })
      .finally(() => {
        isDone = true;
      });
    await watching;
    assert.deepEqual([sizeBytes, status], [LAYER_BYTES, "stored"]);
    assert.ok(most > 0 && most < BOUND_BYTES, `${Math.round(most / MIB)} MiB`);
    await child.close();
  },
);

/** What is the process's alone; pages of files that it has mapped are the kernel's to drop. */
async function ownBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return (kib("RssAnon") + kib("RssShmem")) * 1024;
}
