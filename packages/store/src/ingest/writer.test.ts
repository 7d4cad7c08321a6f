import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IngestId } from "@shale/content";
import { afterAll, expect, test } from "vitest";
import type { Keeper } from "./keeper.ts";
import { PartFile } from "./part-file.ts";
import { PartWriter } from "./writer.ts";

const directory = await mkdtemp(join(tmpdir(), "shale-writer-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

test("after a write that failed nothing is taken any more, and the ingest can be resumed", async () => {
  const path = join(directory, "ingest.part");
  const part = await PartFile.open(path);
  const released: boolean[] = [];
  const writer = new PartWriter({
    id: "ingest" as IngestId,
    part,
    // It must not come to that.
    keeper: undefined as unknown as Keeper,
    signal: undefined,
    onStep: () => {},
    release: async ({ drop }) => void released.push(drop),
  });
  await writer.write(Buffer.from("what fits"));
  const write = part.write.bind(part);
  part.write = async () => {
    throw Object.assign(new Error("no space"), { code: "ENOSPC" });
  };
  await expect(writer.write(Buffer.from(", what does not"))).rejects.toMatchObject({
    code: "STORE_FULL",
  });
  part.write = write;
  await expect(writer.write(Buffer.from(", and more"))).rejects.toMatchObject({
    code: "STORE_FULL",
  });
  await expect(writer.commit()).rejects.toMatchObject({ code: "STORE_FULL" });
  await writer[Symbol.asyncDispose]();
  expect(released).toEqual([false]);
  const resumed = await PartFile.open(path);
  expect(resumed.sizeBytes).toBe("what fits".length);
  await resumed.close();
});
