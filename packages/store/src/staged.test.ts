import { randomBytes } from "node:crypto";
import { bytesSource } from "@shale/content";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sourceBytes } from "./staged.ts";

const MIB = 1024 * 1024;
const BYTES = randomBytes(3 * MIB + 12_345);

test("any range of a source comes whole, each piece valid until the next is asked for", async () => {
  const source = bytesSource(BYTES);
  const property = fc.asyncProperty(fc.nat(BYTES.length), fc.nat(BYTES.length), async (a, b) => {
    const [offsetBytes, end] = [Math.min(a, b), Math.max(a, b)];
    const range = { offsetBytes, lengthBytes: end - offsetBytes };
    const copies: Buffer[] = [];
    for await (const piece of sourceBytes(source, range)) copies.push(Buffer.from(piece));
    expect(Buffer.concat(copies).equals(BYTES.subarray(offsetBytes, end))).toBe(true);
  });
  await fc.assert(property, { numRuns: 30 });
});

test("a source that is shorter than it says ends where it ends", async () => {
  const short = { ...bytesSource(BYTES), sizeBytes: 9 * MIB };
  const whole = { offsetBytes: 0, lengthBytes: short.sizeBytes };
  let seenBytes = 0;
  for await (const { length } of sourceBytes(short, whole)) seenBytes += length;
  expect(seenBytes).toBe(BYTES.length);
});

test("one piece is read ahead, and none when nobody reads any more", async () => {
  const reading = new Set<number>();
  const asked: number[] = [];
  const source = {
    sizeBytes: BYTES.length,
    async read(target: Uint8Array, positionBytes: number): Promise<number> {
      asked.push(positionBytes);
      reading.add(positionBytes);
      const readBytes = await bytesSource(BYTES).read(target, positionBytes);
      reading.delete(positionBytes);
      return readBytes;
    },
  };
  for await (const piece of sourceBytes(source, { offsetBytes: 0, lengthBytes: BYTES.length })) {
    expect(piece.length).toBe(MIB);
    break;
  }
  expect(asked).toEqual([0, MIB]);
  expect(reading.size).toBe(0);
});

test("what cannot be read is told when it is asked for", async () => {
  const source = {
    sizeBytes: 2 * MIB,
    async read(target: Uint8Array, positionBytes: number): Promise<number> {
      if (positionBytes > 0) throw new Error("no such sector");
      return target.length;
    },
  };
  const pieces = sourceBytes(source, { offsetBytes: 0, lengthBytes: 2 * MIB });
  expect((await pieces.next()).value?.length).toBe(MIB);
  await expect(pieces.next()).rejects.toThrow("no such sector");
});
