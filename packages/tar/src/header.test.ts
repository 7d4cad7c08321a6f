import { describe, expect, test } from "vitest";
import {
  headerFormat,
  headerKind,
  looksLikeTarHeader,
  MAX_SIZE_BYTES,
  statedSize,
} from "./header.ts";
import { GNU, header, V7 } from "./testing/build.ts";

/** A header whose bytes above 127 make the signed and the unsigned sum differ. */
const LATIN = { name: "naïve", patch: [5, Uint8Array.of(0xff, 0xe9)] } as const;

describe("looksLikeTarHeader", () => {
  test("takes the sum of unsigned and of signed bytes", () => {
    const unsigned = header(LATIN);
    const signed = header({ ...LATIN, checksum: "signed" });
    expect(unsigned.equals(signed)).toBe(false);
    expect(looksLikeTarHeader(unsigned)).toBe(true);
    expect(looksLikeTarHeader(signed)).toBe(true);
  });

  test.each<[string, (octal: string) => string]>([
    ["six digits, NUL, space", (octal) => `${octal.padStart(6, "0")}\0 `],
    ["six digits, space, NUL", (octal) => `${octal.padStart(6, "0")} \0`],
    ["seven digits, NUL", (octal) => `${octal.padStart(7, "0")}\0`],
    ["eight digits", (octal) => octal.padStart(8, "0")],
    ["spaces before", (octal) => `${octal.padStart(6)}\0 `],
    ["NULs before", (octal) => octal.padStart(8, "\0")],
  ])("takes a checksum written as %s", (_, checksumForm) => {
    expect(looksLikeTarHeader(header({ name: "a", checksumForm }))).toBe(true);
  });

  test("refuses a wrong sum, letters in it, zeros, and less than a block", () => {
    expect(looksLikeTarHeader(header({ name: "a", checksum: "wrong" }))).toBe(false);
    expect(looksLikeTarHeader(header({ name: "a", checksumForm: (o) => `${o}x` }))).toBe(false);
    expect(looksLikeTarHeader(Buffer.alloc(512))).toBe(false);
    expect(looksLikeTarHeader(Buffer.alloc(512, 0xff))).toBe(false);
    expect(looksLikeTarHeader(header({ name: "a" }).subarray(0, 511))).toBe(false);
  });

  test("notices any byte that is off by one", () => {
    const block = header({ name: "some/file", size: 1234 });
    for (let i = 0; i < 512; i++) {
      const damaged = Buffer.from(block);
      damaged[i]! ^= 1;
      // The checksum ends at its NUL: what stands behind that does not count.
      expect(looksLikeTarHeader(damaged), `byte ${i}`).toBe(i === 155);
    }
  });
});

describe("statedSize", () => {
  const base256 = (value: bigint) => {
    const bytes = Buffer.alloc(12);
    bytes.writeBigInt64BE(value, 4);
    bytes.fill(value < 0n ? 0xff : 0, 0, 4);
    bytes[0]! |= 0x80;
    return bytes;
  };

  test.each<[string, string | Uint8Array, number]>([
    ["octal digits and a NUL", "00000001750\0", 1000],
    ["octal digits and a space", "00000001750 ", 1000],
    ["spaces before", "       1750\0", 1000],
    ["twelve digits", "777777777777", 8 ** 12 - 1],
    ["junk behind the NUL", "1750\0junk", 1000],
    ["nothing", "\0".repeat(12), 0],
    ["blanks", " ".repeat(12), 0],
    ["base-256", base256(8_589_934_592n), 2 ** 33],
    ["the largest that can be counted", base256(BigInt(MAX_SIZE_BYTES)), MAX_SIZE_BYTES],
    ["one more than that", base256(BigInt(MAX_SIZE_BYTES) + 1n), Number.NaN],
    ["all of base-256", Buffer.concat([Buffer.of(0xbf), Buffer.alloc(11, 0xff)]), Number.NaN],
    ["a negative base-256", base256(-512n), Number.NaN],
    [
      "a base-256 whose sign is far from its digits",
      Buffer.of(0xc0, ...base256(3n).subarray(1)),
      Number.NaN,
    ],
    ["a minus", "-0000001750\0", Number.NaN],
    ["decimal digits", "00000001980\0", Number.NaN],
    ["letters", "size\0", Number.NaN],
  ])("reads %s", (_, size, expected) => {
    expect(statedSize(header({ name: "a", size }), 0)).toBe(expected);
  });
});

test("the magic tells the dialects apart", () => {
  expect(headerFormat(header({ name: "a" }), 0)).toBe("ustar");
  expect(headerFormat(header({ name: "a", magic: GNU }), 0)).toBe("gnu");
  expect(headerFormat(header({ name: "a", magic: V7 }), 0)).toBe("v7");
  expect(headerFormat(header({ name: "a", patch: [508, "tar\0"] }), 0)).toBe("star");
  expect(headerFormat(header({ name: "a", magic: V7, patch: [508, "tar\0"] }), 0)).toBe("v7");
});

test("only links, devices, directories, fifos and metadata have no payload", () => {
  const bare: string[] = [];
  for (let flag = 0; flag < 256; flag++) {
    const type = String.fromCharCode(flag);
    if (headerKind(header({ name: "a", type }), 0) === "bare") bare.push(type);
  }
  expect(bare.join("")).toBe("123456I");
});
