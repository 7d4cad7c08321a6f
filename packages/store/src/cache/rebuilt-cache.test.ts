import { createHash } from "node:crypto";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, digestHex } from "@shale/content";
import { RangeSums } from "@shale/hash";
import { afterAll, beforeEach, expect, test } from "vitest";
import { verifyWhole } from "../read/verified.ts";
import { RebuiltCache } from "./rebuilt-cache.ts";

const MIB = 1024 * 1024;
const SIZE = 2 * MIB + 1000;
const ABOVE_PIDS = 2 ** 30;
const space = await mkdtemp(join(tmpdir(), "shale-cache-"));
let directory: string;
let count = 0;
let rebuiltBytes = 0;
let present: Set<Digest>;

beforeEach(() => {
  directory = join(space, String(count++));
  rebuiltBytes = 0;
  present = new Set(BLOBS.map(({ digest }) => digest));
});
afterAll(() => rm(space, { recursive: true, force: true }));

interface Sample {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly form: "gzip";
  readonly bytes: Buffer;
  readonly rangeSums: Uint32Array;
}

function sample(seed: number): Sample {
  const bytes = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += 4)
    bytes.writeUInt32LE(Math.imul(at + seed, 0x9e3779b1) >>> 0, at);
  const sums = new RangeSums();
  sums.update(bytes);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
  return { digest, sizeBytes: SIZE, form: "gzip", bytes, rangeSums: sums.finish() };
}

const BLOBS = [1, 2, 3, 4].map(sample);
const blob = BLOBS[0]!;

function open(budgetBytes: number = 10 * SIZE): RebuiltCache {
  return new RebuiltCache({
    path: directory,
    budgetBytes,
    isRebuilt: (digest) => present.has(digest),
  });
}

function over(cache: RebuiltCache, of: Sample): ReturnType<RebuiltCache["over"]> {
  const bytes = async function* (range: { offsetBytes: number; lengthBytes: number }) {
    const end = range.offsetBytes + range.lengthBytes;
    for (let at = range.offsetBytes; at < end; at += 300_000) {
      const piece = of.bytes.subarray(at, Math.min(end, at + 300_000));
      rebuiltBytes += piece.length;
      yield piece;
    }
  };
  return cache.over({ rangeSums: of.rangeSums, bytes }, of);
}

function pieces(cache: RebuiltCache, of: Sample): AsyncGenerator<Uint8Array> {
  const whole = { offsetBytes: 0, lengthBytes: of.sizeBytes };
  return cache.keep(verifyWhole(over(cache, of).bytes(whole), of), of);
}

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of stream) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

/** Reads the blob whole, and says how much of it was rebuilt. */
async function read(cache: RebuiltCache, of: Sample = blob): Promise<number> {
  rebuiltBytes = 0;
  expect((await gather(pieces(cache, of))).equals(of.bytes)).toBe(true);
  return rebuiltBytes;
}

function copyOf(of: Sample): string {
  return join(directory, `sha256-${digestHex(of.digest)}`);
}

async function files(): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).map((name) => join(directory, name)).sort();
}

async function copies(): Promise<Sample[]> {
  const there = await files();
  return BLOBS.filter((of) => there.includes(copyOf(of)));
}

test("the first whole read leaves a mark, the second a copy, the third reads it", async () => {
  expect(await read(open())).toBe(SIZE);
  expect(await files()).toEqual([`${copyOf(blob)}.mark`]);
  expect(await read(open())).toBe(SIZE);
  expect(await files()).toEqual([copyOf(blob)]);
  expect((await readFile(copyOf(blob))).equals(blob.bytes)).toBe(true);
  expect(await read(open())).toBe(0);
});

test("the copy is there when the last piece is", async () => {
  const cache = open();
  await read(cache);
  let seenBytes = 0;
  for await (const piece of pieces(cache, blob)) {
    seenBytes += piece.length;
    expect(await copies()).toHaveLength(seenBytes === SIZE ? 1 : 0);
  }
});

test("what was not read to its end leaves nothing, nor does a part", async () => {
  const cache = open();
  for await (const _ of pieces(cache, blob)) break;
  await gather(over(cache, blob).bytes({ offsetBytes: 0, lengthBytes: MIB }));
  expect(await files()).toEqual([]);
  await read(cache);
  const before = await files();
  for await (const _ of pieces(cache, blob)) break;
  expect(await files()).toEqual(before);
});

test("what fails its digest leaves nothing", async () => {
  const cache = open();
  await read(cache);
  const before = await files();
  const wrong = { ...blob, bytes: Buffer.from(blob.bytes) };
  wrong.bytes[5]! ^= 1;
  await expect(gather(pieces(cache, wrong))).rejects.toMatchObject({ code: "CORRUPT" });
  expect(await files()).toEqual(before);
});

test.each([
  { what: "a bit in the first MiB", damage: (bytes: Buffer) => flip(bytes, 77), rebuilt: SIZE },
  {
    what: "a bit in the second",
    damage: (bytes: Buffer) => flip(bytes, MIB + 5),
    rebuilt: SIZE - MIB,
  },
  { what: "the last bit", damage: (bytes: Buffer) => flip(bytes, SIZE - 1), rebuilt: 1000 },
  { what: "its end gone", damage: (bytes: Buffer) => bytes.subarray(0, 100), rebuilt: SIZE },
  { what: "all gone", damage: () => Buffer.alloc(0), rebuilt: SIZE },
  {
    what: "a byte too many",
    damage: (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]),
    rebuilt: SIZE,
  },
  { what: "zeros, as after a power cut", damage: () => Buffer.alloc(SIZE), rebuilt: SIZE },
])("a copy with $what is dropped, and rebuilt from there", async ({ damage, rebuilt }) => {
  const cache = open();
  await read(cache);
  await read(cache);
  await writeFile(copyOf(blob), damage(Buffer.from(blob.bytes)));
  expect(await read(cache)).toBe(rebuilt);
  expect(await copies()).toEqual([]);
  // It was asked for often before.
  await read(cache);
  expect(await copies()).toEqual([blob]);
});

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 4;
  return bytes;
}

test("a part of a blob comes from the copy, as far as it is right", async () => {
  const cache = open();
  await read(cache);
  await read(cache);
  rebuiltBytes = 0;
  const range = { offsetBytes: MIB, lengthBytes: SIZE - MIB };
  const part = blob.bytes.subarray(MIB);
  expect((await gather(over(cache, blob).bytes(range))).equals(part)).toBe(true);
  expect(rebuiltBytes).toBe(0);
  await writeFile(copyOf(blob), flip(Buffer.from(blob.bytes), SIZE - 1));
  expect((await gather(over(cache, blob).bytes(range))).equals(part)).toBe(true);
  expect(rebuiltBytes).toBe(1000);
});

test("a copy that was forged to have the right sums fails once, before its last byte", async () => {
  const forged = sample(99);
  await mkdir(directory);
  await writeFile(copyOf(blob), forged.bytes);
  const cache = open();
  const believed = { ...blob, rangeSums: forged.rangeSums };
  await expect(gather(pieces(cache, believed))).rejects.toMatchObject({ code: "CORRUPT" });
  expect(await read(cache)).toBe(SIZE);
});

test("whatever is deleted or cut while a copy is written or read, the bytes are right", async () => {
  const cache = open();
  const meddle = [
    () => rm(directory, { recursive: true, force: true }),
    () => truncate(copyOf(blob), MIB + 7).catch(() => {}),
    async () => void (await Promise.all((await files()).map((path) => rm(path)))),
    () => rm(copyOf(blob), { force: true }),
  ];
  for (let round = 0; round < 16; round++) {
    let seen = 0;
    const bytes: Buffer[] = [];
    for await (const piece of pieces(cache, blob)) {
      bytes.push(Buffer.from(piece));
      if (seen++ === 1 && round % 3 === 2) await meddle[round % meddle.length]!();
    }
    expect(Buffer.concat(bytes).equals(blob.bytes)).toBe(true);
  }
});

test("those that were not read for the longest time go first, and the budget holds", async () => {
  const cache = open(3 * SIZE);
  for (const of of BLOBS.slice(0, 3)) {
    await read(cache, of);
    await read(cache, of);
  }
  expect(await copies()).toEqual(BLOBS.slice(0, 3));
  await makeOlder();
  await read(cache, BLOBS[0]);
  await makeOlder();
  const range = { offsetBytes: 0, lengthBytes: MIB };
  await gather(over(cache, BLOBS[1]!).bytes(range));
  await read(cache, BLOBS[3]);
  await read(cache, BLOBS[3]);
  expect(await copies()).toEqual([BLOBS[0], BLOBS[1], BLOBS[3]]);
  await makeOlder();
  await read(cache, BLOBS[0]);
  await open(2 * SIZE + 1).prune();
  expect(await copies()).toContain(BLOBS[0]);
  expect(await copies()).toHaveLength(2);
});

/** Puts a minute between what was done and what comes. */
async function makeOlder(): Promise<void> {
  for (const path of await files()) {
    const when = new Date((await stat(path)).mtimeMs - 60_000);
    await utimes(path, when, when);
  }
}

test("a blob that is larger than the budget is let be, and without a budget all are", async () => {
  for (const budgetBytes of [SIZE - 1, 0]) {
    for (let i = 0; i < 3; i++) expect(await read(open(budgetBytes))).toBe(SIZE);
    expect(await files()).toEqual([]);
  }
});

test("without a budget a copy is not looked at", async () => {
  await read(open());
  await read(open());
  await writeFile(copyOf(blob), "damaged");
  expect(await read(open(0))).toBe(SIZE);
  expect(await copies()).toEqual([blob]);
});

test("a mark that is old does not count", async () => {
  await read(open());
  const longAgo = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
  await utimes(`${copyOf(blob)}.mark`, longAgo, longAgo);
  await read(open());
  expect(await copies()).toEqual([]);
  await read(open());
  expect(await copies()).toEqual([blob]);
});

test("parts of processes that died go with the next copy; what is not ours stays", async () => {
  const dead = `${copyOf(BLOBS[1]!)}.${ABOVE_PIDS}-00ff.part`;
  const before = `${copyOf(BLOBS[1]!)}.${process.pid}-00ff.part`;
  const running = `${copyOf(BLOBS[1]!)}.${process.ppid}-00ff.part`;
  const note = join(directory, "note.txt");
  await mkdir(directory);
  for (const path of [dead, before, running, note]) await writeFile(path, "abc");
  await read(open());
  await read(open());
  expect(await files()).toEqual([copyOf(blob), running, note].sort());
});

test("a part that another process writes has its place in the budget", async () => {
  const running = `${copyOf(BLOBS[1]!)}.${process.ppid}-00ff.part`;
  await mkdir(directory);
  await writeFile(running, "");
  await truncate(running, SIZE);
  for (let i = 0; i < 3; i++) expect(await read(open(2 * SIZE - 1))).toBe(SIZE);
  expect(await copies()).toEqual([]);
});

test("two readers at once in one process write one copy", async () => {
  const cache = open();
  await read(cache);
  const both = [pieces(cache, blob), pieces(cache, blob)];
  for (const stream of both) await stream.next();
  expect((await files()).filter((path) => path.endsWith(".part"))).toHaveLength(1);
  for (const stream of both) await gather(stream);
  expect(await files()).toEqual([copyOf(blob)]);
});

test("what belongs to blobs that are gone is pruned, and not left by who reads on", async () => {
  const cache = open();
  for (const of of BLOBS.slice(0, 2)) await read(cache, of);
  await read(cache, blob);
  present.delete(BLOBS[0]!.digest);
  present.delete(BLOBS[1]!.digest);
  await cache.prune();
  expect(await files()).toEqual([]);
  present.add(blob.digest);
  await read(cache);
  const stream = pieces(cache, blob);
  await stream.next();
  present.delete(blob.digest);
  await gather(stream);
  expect(await files()).toEqual([]);
});

test("where no directory can be made, reads go on without", async () => {
  await writeFile(directory, "a file");
  for (let i = 0; i < 3; i++) expect(await read(open())).toBe(SIZE);
  await open().prune();
  expect(await readFile(directory, "utf8")).toBe("a file");
});
