import { createHash } from "node:crypto";
import { deflateRawSync, gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import BLOBS from "../testing/golden/inflate.json" with { type: "json" };
import { Collector, codeOf, split } from "../testing/inflate/take-apart.ts";
import { writeBlocks } from "./block-writer.ts";
import { type Member, type MemberHandler, MemberReader } from "./member-reader.ts";

interface Taken {
  /** The blob, made again of headers, blocks and their tokens, trailers, and what follows. */
  readonly rebuilt: Buffer;
  /** The blob, put together of headers, streams, trailers, and what follows. */
  readonly joined: Buffer;
  readonly output: Buffer;
  readonly members: readonly Member[];
  readonly trailingBytes: number;
}

/** Makes the blob again while it is read, member by member. */
class Rebuilder implements MemberHandler {
  readonly blob: Uint8Array[] = [];
  readonly joined: Uint8Array[] = [];
  readonly outputs: Uint8Array[] = [];
  readonly members: Member[] = [];
  trailingBytes = 0;
  #parts = new Collector();

  tokens = (tokens: Uint32Array) => this.#parts.tokens(tokens);
  output = (bytes: Uint8Array) => this.#parts.output(bytes);
  block = (...block: Parameters<Collector["block"]>) => this.#parts.block(...block);

  header(bytes: Uint8Array): void {
    this.#push(bytes);
  }

  stream(bytes: Uint8Array): void {
    this.joined.push(bytes.slice());
  }

  end(padding: number): void {
    const { blocks, allTokens, pieces } = this.#parts;
    const output = Buffer.concat(pieces);
    const emit = (bytes: Uint8Array) => this.blob.push(bytes.slice());
    writeBlocks({ blocks, padding }, { tokens: Uint32Array.from(allTokens), output, emit });
    this.outputs.push(output);
    this.#parts = new Collector();
  }

  member(member: Member): void {
    this.members.push(member);
    this.#push(new Uint8Array(Uint32Array.of(member.crc32, member.outputBytes).buffer));
  }

  trailing(bytes: Uint8Array): void {
    this.trailingBytes += bytes.length;
    this.#push(bytes);
  }

  #push(bytes: Uint8Array): void {
    this.blob.push(bytes.slice());
    this.joined.push(bytes.slice());
  }
}

function take(blob: Uint8Array, sizes: readonly number[] = []): Taken {
  const handler = new Rebuilder();
  const reader = new MemberReader(handler);
  for (const piece of split(blob, sizes)) reader.write(piece);
  reader.finish();
  const { members, trailingBytes } = handler;
  const output = Buffer.concat(handler.outputs);
  const [rebuilt, joined] = [Buffer.concat(handler.blob), Buffer.concat(handler.joined)];
  return { rebuilt, joined, output, members, trailingBytes };
}

const text = Buffer.from("the quick brown fox jumps over the lazy dog ".repeat(2000));
const trailer = gzipSync(text).subarray(-8);

/** A member of `text` with this header. */
function withHeader(header: readonly number[]): Buffer {
  return Buffer.concat([Uint8Array.from(header), deflateRawSync(text), trailer]);
}

const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(fc.constantFrom(97, 98, 99), { maxLength: 3000 }).map((bytes) => Uint8Array.from(bytes)),
);
const level = fc.integer({ min: 0, max: 9 });
const member = fc.tuple(content, level).map(([bytes, level]) => gzipSync(bytes, { level }));
const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 });

test("blobs of several members, and what follows them, are made again, however they are split", () => {
  const trailing = fc.uint8Array({ maxLength: 30 }).filter((bytes) => bytes[0] !== 0x1f);
  const blobs = fc.array(member, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(blobs, trailing, sizes, (members, rest, pieces) => {
      const blob = Buffer.concat([...members, rest]);
      for (const taken of [take(blob), take(blob, pieces)]) {
        expect(taken.rebuilt.equals(blob)).toBe(true);
        expect(taken.joined.equals(blob)).toBe(true);
        expect(taken.members).toHaveLength(members.length);
        expect(taken.trailingBytes).toBe(rest.length);
        expect(taken.output.equals(Buffer.concat(members.map((one) => gunzipSync(one))))).toBe(
          true,
        );
      }
    }),
  );
});

test("longer streams than any buffer are made again", () => {
  const noise = Buffer.alloc(700_000);
  for (let at = 0, state = 1; at < noise.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    noise[at] = at % 5000 < 2500 ? state >>> 24 : state >>> 30;
  }
  for (const level of [0, 1, 6, 9]) {
    const blob = gzipSync(noise, { level });
    const taken = take(blob, [100_000]);
    expect(taken.rebuilt.equals(blob)).toBe(true);
    expect(taken.output.equals(noise)).toBe(true);
  }
});

test("what is handed out at once is bounded, however much a blob holds", () => {
  const blob = gzipSync(Buffer.alloc(20_000_000));
  let longest = 0;
  let outputBytes = 0;
  const count = (bytes: Uint8Array) => {
    longest = Math.max(longest, bytes.length);
    outputBytes += bytes.length;
  };
  const none = () => {};
  const others = { tokens: none, block: none, end: none, header: none, member: none, stream: none };
  const reader = new MemberReader({ ...others, output: count, trailing: none });
  reader.write(blob);
  reader.finish();
  expect(outputBytes).toBe(20_000_000);
  expect(longest).toBeLessThanOrEqual(256 * 1024);
});

test.each(BLOBS)("a blob of a real tool is made again: $name", ({ blob: base64, outputSha256 }) => {
  const blob = Buffer.from(base64, "base64");
  for (const pieces of [[blob.length], [1], [1000, 1, 13]]) {
    const taken = take(blob, pieces);
    expect(taken.rebuilt.equals(blob)).toBe(true);
    expect(createHash("sha256").update(taken.output).digest("hex")).toBe(outputSha256);
  }
});

describe("headers", () => {
  const extra = Array.from({ length: 300 }, (_, at) => at & 0xff);
  test.each([
    ["none of the fields", [0x1f, 0x8b, 8, 0, 0, 9, 0x6e, 0x88, 2, 255]],
    ["a name", [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 97, 98, 0]],
    ["an empty comment", [0x1f, 0x8b, 8, 16, 0, 0, 0, 0, 0, 3, 0]],
    ["extra bytes", [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 44, 1, ...extra]],
    ["extra, name, comment", [0x1f, 0x8b, 8, 29, 0, 0, 0, 0, 0, 3, 1, 0, 0, 97, 0, 98, 99, 0]],
    ["a checksum", [0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3, 0xa7, 0x77]],
  ])("with %s are kept", (_name, header) => {
    const blob = withHeader(header);
    expect(gunzipSync(blob).equals(text)).toBe(true);
    for (const pieces of [[1], [7], [1000]]) {
      expect(take(blob, pieces).rebuilt.equals(blob)).toBe(true);
    }
  });

  test.each([
    ["another method", [0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 3]],
    ["a reserved flag", [0x1f, 0x8b, 8, 32, 0, 0, 0, 0, 0, 3]],
    ["a wrong checksum", [0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3, 0xa7, 0x76]],
    ["no end", [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, ...new Array(200_000).fill(97)]],
  ])("with %s are refused", (_name, header) => {
    expect(codeOf(() => take(withHeader(header)))).toBe("MEMBER_HEADER_INVALID");
  });
});

describe("blobs that are not gzip", () => {
  const blob = gzipSync(text);
  const changed = (at: number) => {
    const bytes = Buffer.from(blob);
    bytes[bytes.length + at]! ^= 1;
    return bytes;
  };
  test.each([
    ["NOT_GZIP", Buffer.alloc(0)],
    ["NOT_GZIP", Buffer.from([0x1f])],
    ["NOT_GZIP", text],
    ["CHECKSUM_MISMATCH", changed(-8)],
    ["LENGTH_MISMATCH", changed(-1)],
    ["TRUNCATED", blob.subarray(0, 5)],
    ["TRUNCATED", blob.subarray(0, 50)],
    ["TRUNCATED", blob.subarray(0, -1)],
    ["TRUNCATED", Buffer.concat([blob, Uint8Array.of(0x1f, 0x8b)])],
  ])("%s", (code, bytes) => {
    expect(codeOf(() => take(bytes))).toBe(code);
    expect(codeOf(() => take(bytes, [1]))).toBe(code);
  });
});

test("a lone byte that could begin a member follows the last one", () => {
  const blob = Buffer.concat([gzipSync(text), Uint8Array.of(0x1f)]);
  expect(take(blob).rebuilt.equals(blob)).toBe(true);
  expect(take(blob, [1]).trailingBytes).toBe(1);
});
