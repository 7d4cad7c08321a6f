import { randomBytes } from "node:crypto";
import type { Digest } from "@shale/content";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RemoteError } from "./errors.ts";
import { openRegistry } from "./open-registry.ts";
import { blobOf, read } from "./testing/blobs.ts";
import { FakeRegistry } from "./testing/fake-registry.ts";
import { HostileProxy, type Mishap } from "./testing/hostile-proxy.ts";

describe("behind a hostile proxy", () => {
  let fake: FakeRegistry;

  beforeEach(async () => {
    fake = await FakeRegistry.start();
  });

  afterEach(() => fake[Symbol.asyncDispose]());

  /** Nobody waits between tries. */
  const open = (domain: string) => openRegistry(domain, { env: {}, sleep: async () => {} });

  const mishap: fc.Arbitrary<Mishap | undefined> = fc.option(
    fc.record({
      side: fc.constantFrom("request", "answer"),
      afterBytes: fc.oneof(fc.nat(500), fc.nat(400_000)),
      what: fc.constantFrom("cut", "reset"),
    }),
    { nil: undefined },
  );
  const plans = fc.array(mishap, { maxLength: 8 });
  const bytes = randomBytes(300_000);

  test("a read gives the right bytes, or an error with a code", async () => {
    await using proxy = await HostileProxy.start(fake.domain);
    const digest = fake.put("a/b", bytes) as Digest;
    const property = fc.asyncProperty(plans, fc.nat(bytes.length), async (plan, offset) => {
      proxy.plan.splice(0, proxy.plan.length, ...plan);
      const blob = { digest, sizeBytes: bytes.length };
      await using registry = open(proxy.domain);
      const got = await read(registry.repository("a/b"), blob, offset).catch(onlyCoded);
      if (got !== undefined) expect(got.equals(bytes.subarray(offset))).toBe(true);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test("a blob that is put arrives as it is, or there is an error with a code", async () => {
    await using proxy = await HostileProxy.start(fake.domain);
    const blob = blobOf(bytes);
    const property = fc.asyncProperty(plans, async (plan) => {
      fake.blobs.clear();
      proxy.plan.splice(0, proxy.plan.length, ...plan);
      await using registry = open(proxy.domain);
      const result = await registry.repository("a/b").putBlob(blob).catch(onlyCoded);
      const there = fake.blobs.get(`a/b ${blob.digest}`);
      if (result !== undefined) expect(there?.equals(bytes)).toBe(true);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  function onlyCoded(error: unknown): undefined {
    expect(error).toBeInstanceOf(RemoteError);
  }
});
