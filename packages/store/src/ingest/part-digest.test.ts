import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { FileDigester, type Following, RangeSums } from "@shale/hash";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PartFile } from "./part-file.ts";

const MIB = 1024 * 1024;
const directory = await mkdtemp(join(tmpdir(), "shale-part-"));
const digester = new FileDigester();
const follow = vi.spyOn(digester, "follow");
const bytes = randomBytes(9 * MIB + 123);
const sums = new RangeSums();
sums.update(bytes);
const whole = {
  sha256: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
  rangeSums: sums.finish(),
};

beforeAll(async () => {
  digester.takes(64 * MIB);
  while (!digester.takes(0)) await wait(5);
});
afterAll(async () => {
  await digester[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function write(part: PartFile, content: Uint8Array): Promise<void> {
  const pieceBytes = 70_000;
  for (let at = 0; at < content.length; at += pieceBytes) {
    await part.write(content.subarray(at, at + pieceBytes), { isGiven: at % 3 > 0 });
  }
}

async function finish(part: PartFile): Promise<unknown> {
  const { sizeBytes, rangeSums } = await part.finish();
  const sha256 = await part.digest("sha256");
  await part.close({ drop: false });
  return { sizeBytes, sha256, rangeSums };
}

test("a long part is followed by the thread, begun anew or gone on with", async () => {
  const path = join(directory, "long.part");
  const first = await PartFile.open(path, { inflates: false, digester });
  await write(first, bytes.subarray(0, 5 * MIB));
  await first.close({ drop: false });
  expect(follow).toHaveBeenCalledTimes(1);
  const second = await PartFile.open(path, { inflates: false, digester });
  expect(follow).toHaveBeenCalledTimes(2);
  await write(second, bytes.subarray(5 * MIB));
  expect(await finish(second)).toEqual({ sizeBytes: bytes.length, ...whole });
  expect(follow).toHaveBeenCalledTimes(2);
});

test("what a thread that failed did not digest is read again", async () => {
  follow.mockImplementationOnce(
    (): Following => ({
      advance: () => {},
      finish: () => Promise.reject(new Error("no memory")),
      drop: async () => {},
    }),
  );
  const part = await PartFile.open(join(directory, "failed.part"), { inflates: true, digester });
  await write(part, bytes);
  expect(await finish(part)).toEqual({ sizeBytes: bytes.length, ...whole });
});

test("a part whose file lost its end is never taken for whole", async () => {
  const path = join(directory, "cut.part");
  const part = await PartFile.open(path, { inflates: false, digester });
  await write(part, bytes);
  await truncate(path, 6 * MIB);
  await expect(part.finish()).rejects.toMatchObject({ code: "INGEST_LOCKED" });
  await part.close({ drop: true });
});
