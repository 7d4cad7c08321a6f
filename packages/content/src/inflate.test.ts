import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inflate } from "./inflate.ts";

const COMPRESS = { gzip: gzipSync, zstd: zstdCompressSync } as const;
/** RFC 8878, 3.1.2: a frame that carries no content, here with three bytes for its reader. */
const SKIPPABLE_FRAME = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

function* cut(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });

for (const compression of ["gzip", "zstd"] as const) {
  const compress = COMPRESS[compression];

  test(`${compression}: any number of members, cut anywhere, inflates to all of their content`, () =>
    fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 200 }), async (contents, pieceBytes) => {
        const stream = Buffer.concat(contents.map((content) => compress(content)));
        const inflated = await collect(inflate(compression, cut(stream, pieceBytes)));
        expect(inflated.equals(Buffer.concat(contents))).toBe(true);
      }),
      { numRuns: 60 },
    ));

  test(`${compression}: more than one piece of output`, async () => {
    const content = Buffer.alloc(3_000_000, "some text ");
    const stream = Buffer.concat([compress(content), compress(content)]);
    const inflated = await collect(inflate(compression, [stream]));
    expect(inflated.equals(Buffer.concat([content, content]))).toBe(true);
  });

  test(`${compression}: a stream that ends early fails`, async () => {
    const stream = compress(Buffer.alloc(10_000, "x"));
    const short = stream.subarray(0, stream.length - 3);
    await expect(collect(inflate(compression, [short]))).rejects.toThrow();
    await expect(collect(inflate(compression, [stream, short]))).rejects.toThrow();
    await expect(collect(inflate(compression, []))).rejects.toThrow();
  });

  test(`${compression}: something else fails`, async () => {
    await expect(collect(inflate(compression, [Buffer.from("something else")]))).rejects.toThrow();
  });

  test(`${compression}: an error of the source is passed on`, async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield compress(Buffer.from("x")).subarray(0, 5);
      throw new Error("unplugged");
    }
    await expect(collect(inflate(compression, broken()))).rejects.toThrow("unplugged");
  });

  test(`${compression}: a consumer may stop early`, async () => {
    const stream = compress(Buffer.alloc(3_000_000));
    for await (const piece of inflate(compression, [stream])) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  });
}

test("zstd: frames that carry no content are passed by, wherever they are", async () => {
  const frame = zstdCompressSync(Buffer.from("content"));
  for (const order of [
    [SKIPPABLE_FRAME, frame],
    [frame, SKIPPABLE_FRAME],
    [frame, SKIPPABLE_FRAME, SKIPPABLE_FRAME, frame],
  ]) {
    const stream = Buffer.concat(order);
    const times = order.filter((part) => part === frame).length;
    for (const pieceBytes of [1, 7, 1000]) {
      const inflated = await collect(inflate("zstd", cut(stream, pieceBytes)));
      expect(inflated.toString()).toBe("content".repeat(times));
    }
  }
});
