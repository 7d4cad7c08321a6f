import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ContentWindow, type WindowPart } from "./content-window.ts";

const CONTENT = randomBytes(1000);

/** Pieces that are borrowed: each is in the place of the one before. */
async function* borrowed(sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CONTENT.length);
  for (let at = 0, index = 0; at < CONTENT.length; index++) {
    const size = Math.min(sizes[index % sizes.length]!, CONTENT.length - at);
    buffer.fill(0);
    buffer.set(CONTENT.subarray(at, at + size));
    at += size;
    yield buffer.subarray(0, size);
  }
}

async function fillAll(window: ContentWindow, parts: readonly WindowPart[]): Promise<Buffer[]> {
  const rooms: Buffer[] = [];
  for (const [at, part] of parts.entries()) {
    const room = Buffer.alloc(part.lengthBytes);
    await window.fill(room, part, parts[at + 1]);
    rooms.push(room);
  }
  return rooms;
}

test("parts that overlap, or leave something out", async () => {
  const places = fc.array(fc.tuple(fc.nat(800), fc.nat(200)), { minLength: 1, maxLength: 8 });
  const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(places, sizes, async (some, pieceSizes) => {
      const starts = some.map(([start]) => start).toSorted((a, b) => a - b);
      const ends = some.map(([start, length]) => start + length).toSorted((a, b) => a - b);
      const parts = starts.map((start, at) => ({
        offsetBytes: start,
        lengthBytes: ends[at]! - start,
      }));
      const rooms = await fillAll(new ContentWindow(borrowed(pieceSizes), 0), parts);
      for (const [at, { offsetBytes, lengthBytes }] of parts.entries()) {
        expect(rooms[at]).toEqual(CONTENT.subarray(offsetBytes, offsetBytes + lengthBytes));
      }
    }),
  );
});

test("a stream that ends too early", async () => {
  const window = new ContentWindow(borrowed([100]), 0);
  const part = { offsetBytes: 900, lengthBytes: 101 };
  await expect(window.fill(new Uint8Array(101), part, undefined)).rejects.toThrow(RangeError);
});
