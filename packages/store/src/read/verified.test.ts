import { createHash } from "node:crypto";
import { type Digest, LIMITS } from "@shale/content";
import { RangeSums } from "@shale/hash";
import fc from "fast-check";
import { expect, test } from "vitest";
import { trim } from "./gather.ts";
import { alignRange, verifySums, verifyWhole } from "./verified.ts";

const UNIT = LIMITS.rangeSumBytes;
const CONTENT = Buffer.alloc(3 * UNIT + 12_345);
for (let i = 0; i < CONTENT.length; i += 4)
  CONTENT.writeUInt32LE((i * 2_654_435_761) >>> 0, Math.min(i, CONTENT.length - 4));
const digest = `sha256:${createHash("sha256").update(CONTENT).digest("hex")}` as Digest;

async function* cut(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

function sumsOf(bytes: Uint8Array, pieceBytes: number): Uint32Array {
  const sums = new RangeSums();
  for (let at = 0; at < bytes.length; at += pieceBytes)
    sums.update(bytes.subarray(at, at + pieceBytes));
  return sums.finish();
}

test("sums do not depend on how the bytes come", () => {
  const expected = sumsOf(CONTENT, CONTENT.length);
  expect(expected.length).toBe(4);
  for (const pieceBytes of [777_777, UNIT, UNIT + 1, 65_536]) {
    expect(sumsOf(CONTENT, pieceBytes)).toEqual(expected);
  }
});

test("a range passes when it is right, and a flipped bit stops it before its MiB", async () => {
  const rangeSums = sumsOf(CONTENT, CONTENT.length);
  const ranges = fc.record({
    from: fc.nat({ max: CONTENT.length - 1 }),
    length: fc.nat({ max: 2 * UNIT }),
  });
  await fc.assert(
    fc.asyncProperty(
      ranges,
      fc.nat({ max: CONTENT.length - 1 }),
      async ({ from, length }, flip) => {
        const range = {
          offsetBytes: from,
          lengthBytes: Math.min(length + 1, CONTENT.length - from),
        };
        const aligned = alignRange(range, CONTENT.length);
        const read = (bytes: Uint8Array): AsyncIterable<Uint8Array> =>
          trim(verifySums(cut(bytes, 300_000), { digest, ...aligned, rangeSums }), {
            skipBytes: range.offsetBytes - aligned.offsetBytes,
            takeBytes: range.lengthBytes,
          });
        const end = aligned.offsetBytes + aligned.lengthBytes;
        const window = Buffer.from(CONTENT.subarray(aligned.offsetBytes, end));
        const wanted = CONTENT.subarray(from, from + range.lengthBytes);
        expect((await collect(read(window))).equals(wanted)).toBe(true);
        if (flip < aligned.offsetBytes || flip >= end) return;
        window[flip - aligned.offsetBytes]! ^= 4;
        await expect(collect(read(window))).rejects.toMatchObject({ code: "CORRUPT" });
      },
    ),
    { numRuns: 25 },
  );
});

test("a whole blob fails before its last byte", async () => {
  const blob = { digest, sizeBytes: CONTENT.length };
  expect((await collect(verifyWhole(cut(CONTENT, 100_000), blob))).equals(CONTENT)).toBe(true);
  const damaged = Buffer.from(CONTENT);
  damaged[5]! ^= 1;
  for (const bytes of [damaged, CONTENT.subarray(1), Buffer.concat([CONTENT, Buffer.of(0)])]) {
    let seenBytes = 0;
    const read = async (): Promise<void> => {
      for await (const piece of verifyWhole(cut(bytes, 100_000), blob)) seenBytes += piece.length;
    };
    await expect(read()).rejects.toMatchObject({ code: "CORRUPT" });
    expect(seenBytes).toBeLessThan(CONTENT.length);
  }
});

test("the last piece is passed on as it was, whoever uses its place next", async () => {
  const blob = { digest, sizeBytes: CONTENT.length };
  async function* borrowed(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.from(CONTENT);
    yield buffer;
    buffer.fill(0);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of verifyWhole(borrowed(), blob)) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(CONTENT)).toBe(true);
});
