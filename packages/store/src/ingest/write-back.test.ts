import type { FileHandle } from "node:fs/promises";
import { beforeEach, expect, test } from "vitest";
import { WriteBack } from "./write-back.ts";

const MIB = 1024 * 1024;
let syncs: PromiseWithResolvers<void>[];
let writeBack: WriteBack;

beforeEach(() => {
  syncs = [];
  const datasync = (): Promise<void> => {
    const sync = Promise.withResolvers<void>();
    syncs.push(sync);
    return sync.promise;
  };
  writeBack = new WriteBack({ datasync } as FileHandle);
});

test("syncs what was written, one sync at a time", async () => {
  for (let i = 0; i < 40; i++) writeBack.wrote(MIB);
  expect(syncs.length).toBe(1);
  syncs[0]!.resolve();
  await writeBack.end();
  writeBack.wrote(1);
  expect(syncs.length).toBe(2);
});

test("leaves short files to the sync at their end", async () => {
  writeBack.wrote(MIB);
  await writeBack.end();
  expect(syncs).toEqual([]);
});

test("an error that the system tells once is told from then on", async () => {
  writeBack.wrote(16 * MIB);
  syncs[0]!.reject(new Error("no space"));
  await expect(writeBack.end()).rejects.toThrow("no space");
  expect(() => writeBack.wrote(1)).toThrow("no space");
  await expect(writeBack.end()).rejects.toThrow("no space");
});
