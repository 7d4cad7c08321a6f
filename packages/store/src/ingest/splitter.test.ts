import { createArena } from "@shale/chunk";
import { LIMITS } from "@shale/content";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Slot } from "./slots.ts";
import { type SlabPart, Splitter } from "./splitter.ts";

const SIZES = { minBytes: 256, averageBytes: 1024, maxBytes: 4096, wholeFileBytes: 2048 };
const SLAB_BYTES = 10_000;

/** What a splitter makes of a stream that comes in slabs of these sizes: literals, and pieces by their bytes. */
function splitAll(
  bytes: Uint8Array,
  { slabBytes, plain }: { slabBytes: number; plain: boolean },
): { whole: Buffer; pieces: string[] } {
  const stride = SIZES.maxBytes + SLAB_BYTES;
  const arena = createArena({ sizeBytes: 2 * stride, sizes: SIZES });
  const slots = [0, 1].map((i): Slot => {
    const offset = i * stride + SIZES.maxBytes;
    return { offset, slab: arena.bytes.subarray(offset, offset + SLAB_BYTES) };
  });
  const literals: Buffer[] = [];
  const onLiteral = (literal: Uint8Array): void => void literals.push(Buffer.from(literal));
  const splitter = new Splitter({ arena, sizes: SIZES, plain, onLiteral });
  const copies: Buffer[] = [];
  const pieces: string[] = [];
  let literal = Buffer.alloc(0);
  const take = (part: SlabPart): void => {
    if (part.kind === "literal") {
      literal = Buffer.concat([literal, ...literals.splice(0)]);
      copies.push(literal.subarray(0, part.sizeBytes));
      literal = literal.subarray(part.sizeBytes);
    } else {
      const piece = Buffer.from(arena.bytes.subarray(part.offset, part.offset + part.sizeBytes));
      expect(piece.length).toBeLessThanOrEqual(SIZES.maxBytes);
      copies.push(piece);
      pieces.push(piece.toString("base64"));
    }
  };
  let turn = 0;
  for (let at = 0; at < bytes.length || turn === 0; at += slabBytes, turn++) {
    const slot = slots[turn % 2]!;
    const slab = bytes.subarray(at, at + slabBytes);
    slot.slab.set(slab);
    const last = at + slabBytes >= bytes.length;
    for (const part of splitter.split(slot, { sizeBytes: slab.length, last })) take(part);
  }
  return { whole: Buffer.concat(copies), pieces };
}

function header(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write("0000644\0", 100);
  block.write(`${sizeBytes.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function tarOf(files: readonly Uint8Array[]): Buffer {
  const parts = files.flatMap((bytes, i) => [
    header(`file-${i}`, bytes.length),
    Buffer.from(bytes),
    Buffer.alloc((512 - (bytes.length % 512)) % 512),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const files = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 1500 }),
    fc.nat({ max: 30_000 }).map((length) => {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = (i * i * 31 + length) >> 3;
      return bytes;
    }),
  ),
  { maxLength: 8 },
);
const slabSizes = fc.integer({ min: 1, max: SLAB_BYTES });

test("the parts are the stream, and the pieces do not depend on the slabs", () => {
  fc.assert(
    fc.property(files, slabSizes, fc.nat({ max: 3000 }), (contents, slabBytes, cut) => {
      const tar = tarOf(contents);
      const bytes = tar.subarray(0, Math.max(0, tar.length - cut));
      const inOne = splitAll(bytes, { slabBytes: SLAB_BYTES, plain: false });
      const inMany = splitAll(bytes, { slabBytes, plain: false });
      expect(inOne.whole.equals(bytes)).toBe(true);
      expect(inMany.whole.equals(bytes)).toBe(true);
      expect(inMany.pieces).toEqual(inOne.pieces);
    }),
    { numRuns: 60 },
  );
});

test("the same file gives the same pieces, wherever it is", () => {
  fc.assert(
    fc.property(files, fc.uint8Array({ minLength: 1, maxLength: 900 }), (contents, other) => {
      const kept = contents.filter((bytes) => bytes.length > 0);
      const alone = new Set(splitAll(tarOf(kept), { slabBytes: 3000, plain: false }).pieces);
      const moved = splitAll(tarOf([other, ...kept]), { slabBytes: 4000, plain: false }).pieces;
      const own = Buffer.from(other).toString("base64");
      for (const piece of moved) expect(piece === own || alone.has(piece)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("what is no tar is cut as content, also when nobody said so", () => {
  const noise = Buffer.alloc(LIMITS.literalRunBytes + 50_000);
  for (let i = 0; i < noise.length; i++) noise[i] = (i * 7919 + (i >> 7)) & 0xff;
  const unsaid = splitAll(noise, { slabBytes: 9999, plain: false });
  expect(unsaid.whole.equals(noise)).toBe(true);
  expect(unsaid.pieces.length).toBeGreaterThan(5);
  const said = splitAll(noise, { slabBytes: 9999, plain: true });
  expect(said.whole.equals(noise)).toBe(true);
});
