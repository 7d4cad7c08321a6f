import { type FileHandle, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IngestId } from "@shale/content";
import { digestOf } from "@shale/hash";
import { afterAll, expect, test, vi } from "vitest";
import type { Keeper } from "./keeper.ts";
import { PartFile } from "./part-file.ts";
import { PartWriter } from "./writer.ts";

const directory = await mkdtemp(join(tmpdir(), "shale-writer-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

test("after a write that failed nothing is taken any more, and the ingest can be resumed", async () => {
  const path = join(directory, "ingest.part");
  const part = await PartFile.open(path, { inflates: true });
  const released: boolean[] = [];
  const writer = new PartWriter({
    id: "ingest" as IngestId,
    part,
    // It must not come to that.
    keeper: undefined as unknown as Keeper,
    signal: undefined,
    onStep: () => {},
    isHeld: () => true,
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
  const resumed = await PartFile.open(path, { inflates: true });
  expect(resumed.sizeBytes).toBe("what fits".length);
  await resumed.close({ drop: true });
});

test("what is given and what is copied lie in order, for readers and on disk", async () => {
  const content = Buffer.from(Array.from({ length: 2_500_000 }, (_, at) => (at * 31) ^ (at >> 8)));
  const path = join(directory, "given.part");
  const part = await PartFile.open(path, { inflates: false });
  const lent = new Uint8Array(content.length);
  for (let at = 0, size = 3; at < content.length; at += size, size = (size * 11) % 300_007) {
    const piece = content.subarray(at, at + size);
    const isGiven = size % 3 > 0;
    lent.set(piece);
    await part.write(isGiven ? piece : lent.subarray(0, piece.length), { isGiven });
    lent.fill(0, 0, piece.length);
    const from = Math.max(0, part.sizeBytes - 1_200_000);
    const seen = new Uint8Array(part.sizeBytes - from);
    expect(await part.read(seen, from)).toBe(seen.length);
    expect(content.compare(seen, 0, seen.length, from, part.sizeBytes)).toBe(0);
  }
  const { sizeBytes } = await part.finish();
  expect(sizeBytes).toBe(content.length);
  expect(await part.digest("sha256")).toBe(digestOf(content));
  await part.close({ drop: false });
  expect((await readFile(path)).equals(content)).toBe(true);
});

test("small writes are gathered, whatever their sizes, and none of them is lost when the ingest is left", async () => {
  const content = Buffer.alloc(3_000_000, "gathered ");
  const path = join(directory, "gathered.part");
  const part = await PartFile.open(path, { inflates: true });
  for (let at = 0, size = 1; at < content.length; at += size, size = (size * 7) % 1_000_003) {
    await part.write(content.subarray(at, at + size));
    expect(part.sizeBytes).toBe(Math.min(at + size, content.length));
  }
  // The caller may use its buffer again as soon as a write has resolved.
  const again = Buffer.from("again");
  await part.write(again);
  again.fill(0);
  await part.close({ drop: false });
  expect(await readFile(path)).toEqual(Buffer.concat([content, Buffer.from("again")]));
});

test("a gathered write that does not reach the disk fails when the ingest is left, and not a byte follows it", async () => {
  const path = join(directory, "hole.part");
  const part = await PartFile.open(path, { inflates: true });
  await part.write(Buffer.from("gathered"));
  const append = vi.spyOn(await probe(path), "write").mockRejectedValueOnce(noSpace());
  await expect(part.write(Buffer.alloc(1_000_000))).rejects.toMatchObject({ code: "ENOSPC" });
  append.mockRestore();
  await part.close({ drop: false });
  expect((await readFile(path)).length).toBe(0);
});

test("a gathered write that fails while the next bytes come is told once, by whoever comes next", async () => {
  for (const next of ["write", "finish", "close"] as const) {
    const path = join(directory, `late-${next}.part`);
    const part = await PartFile.open(path, { inflates: true });
    const append = vi.spyOn(await probe(path), "write").mockRejectedValueOnce(noSpace());
    for (let piece = 0; piece < 6; piece++) await part.write(Buffer.alloc(100_000));
    const done = {
      write: () => part.write(Buffer.alloc(1_000_000)),
      finish: () => part.finish(),
      close: () => part.close({ drop: false }),
    }[next]();
    await expect(done).rejects.toMatchObject({ code: "ENOSPC" });
    append.mockRestore();
    if (next !== "close") await part.close({ drop: false });
    expect((await readFile(path)).length).toBe(0);
  }
});

test("a writer whose ingest was taken over writes nothing when it is left", async () => {
  const path = join(directory, "taken-over.part");
  const writer = new PartWriter({
    id: "taken-over" as IngestId,
    part: await PartFile.open(path, { inflates: true }),
    keeper: undefined as unknown as Keeper,
    signal: undefined,
    onStep: () => {},
    isHeld: () => false,
    release: async () => {},
  });
  await writer.write(Buffer.from("late"));
  await writer[Symbol.asyncDispose]();
  expect((await readFile(path)).length).toBe(0);
});

function noSpace(): Error {
  return Object.assign(new Error("no space"), { code: "ENOSPC" });
}

/** What all open files have in common: a failure of the disk can be played there. */
async function probe(path: string): Promise<FileHandle> {
  await using file = await open(path);
  return Object.getPrototypeOf(file) as FileHandle;
}
