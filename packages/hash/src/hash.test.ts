import { createHash, hash } from "node:crypto";
import type { DigestAlgorithm } from "@shale/content";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDigester, digestOf, hashBytes } from "./hash.ts";
import type { Hasher } from "./hasher.ts";
import { hasherFor, nobleHasher } from "./portable.ts";

const node = hasherFor({ createHash, hash });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const algorithm = fc.constantFrom<DigestAlgorithm>("sha256", "sha512");
/** Long enough to cross the block sizes of both algorithms, 64 and 128 bytes, in every phase. */
const content = fc.uint8Array({ maxLength: 600 });

function inParts(hasher: Hasher, parts: readonly Uint8Array[], name: DigestAlgorithm): string {
  const digester = hasher.createDigester(name);
  for (const part of parts) digester.update(part);
  return hex(digester.digest());
}

/** FIPS 180-4's examples, as published with the standard. */
const KNOWN: readonly [DigestAlgorithm, string, string][] = [
  ["sha256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "sha512",
    "abc",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  ],
];

describe.each([
  ["node:crypto", node],
  ["@noble/hashes", nobleHasher],
])("%s", (_name, hasher) => {
  test.each(KNOWN)("%s of %j is the published one", (name, text, expected) => {
    expect(hex(hasher.hashBytes(name, Buffer.from(text)))).toBe(expected);
  });

  test("the same bytes have the same hash, however they are split and wherever they lie", () => {
    fc.assert(
      fc.property(algorithm, fc.array(content, { maxLength: 8 }), (name, parts) => {
        const whole = Buffer.concat(parts);
        const shared = new Uint8Array(new SharedArrayBuffer(whole.length + 3), 3);
        shared.set(whole);
        const expected = hex(hasher.hashBytes(name, whole));
        expect(inParts(hasher, parts, name)).toBe(expected);
        expect(hex(hasher.hashBytes(name, shared))).toBe(expected);
      }),
    );
  });

  test("a digester ends with its digest", () => {
    const digester = hasher.createDigester("sha256");
    digester.digest();
    expect(() => digester.update(Uint8Array.of(1))).toThrow();
    expect(() => digester.digest()).toThrow();
  });
});

test("node:crypto and @noble/hashes agree on all bytes", () => {
  fc.assert(
    fc.property(algorithm, content, (name, bytes) => {
      expect(hex(nobleHasher.hashBytes(name, bytes))).toBe(hex(node.hashBytes(name, bytes)));
    }),
  );
});

test("node:crypto and @noble/hashes agree on megabytes", () => {
  const bytes = new Uint8Array((1 << 20) + 13).map((_, i) => i * 31);
  for (const name of ["sha256", "sha512"] as const) {
    expect(hex(nobleHasher.hashBytes(name, bytes))).toBe(hex(node.hashBytes(name, bytes)));
  }
});

test("node:crypto is taken where the runtime has it", () => {
  expect(hasherFor()).not.toBe(nobleHasher);
  const runtime = globalThis as { process?: NodeJS.Process };
  const { process } = runtime;
  try {
    delete runtime.process;
    expect(hasherFor()).toBe(nobleHasher);
  } finally {
    runtime.process = process!;
  }
});

test("digestOf is the text form of hashBytes", () => {
  fc.assert(
    fc.property(algorithm, content, (name, bytes) => {
      expect(digestOf(bytes, name)).toBe(`${name}:${hex(hashBytes(name, bytes))}`);
      expect(digestOf(bytes)).toBe(`sha256:${hex(createDigesterOf(bytes))}`);
    }),
  );
});

function createDigesterOf(bytes: Uint8Array): Uint8Array {
  const digester = createDigester("sha256");
  digester.update(bytes);
  return digester.digest();
}
