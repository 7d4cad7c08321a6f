import { randomBytes } from "node:crypto";
import type { Digest } from "@shale/content";
import { expect, test } from "vitest";
import { openRegistry } from "./open-registry.ts";
import { blobOf, read } from "./testing/blobs.ts";
import { FakeRegistry } from "./testing/fake-registry.ts";
import { Tunnel } from "./testing/tunnel.ts";

/** A name that nobody but the proxy knows. */
const DOMAIN = "registry.example:5000";

test("a registry is reached through the environment's proxy, and one on this machine is not", async () => {
  await using fake = await FakeRegistry.start();
  await using tunnel = await Tunnel.start(fake.domain);
  const env = { http_proxy: tunnel.url, https_proxy: tunnel.url };
  const bytes = randomBytes(300_000);
  const digest = fake.put("a/b", bytes) as Digest;
  {
    await using registry = openRegistry(DOMAIN, { env, insecure: true });
    const repository = registry.repository("a/b");
    const got = await read(repository, { digest, sizeBytes: bytes.length });
    expect(got.equals(bytes)).toBe(true);
    const pushed = blobOf(randomBytes(300_000));
    expect(await repository.putBlob(pushed)).toEqual({ how: "uploaded" });
    expect(fake.blobs.get(`a/b ${pushed.digest}`)?.equals(pushed.bytes)).toBe(true);
  }
  expect(new Set(tunnel.asked)).toEqual(new Set([DOMAIN]));
  const askedBefore = tunnel.asked.length;
  await using near = openRegistry(fake.domain, { env });
  await near.ping();
  expect(tunnel.asked.length).toBe(askedBefore);
});

test("a host that no_proxy names is asked by itself", async () => {
  await using fake = await FakeRegistry.start();
  await using tunnel = await Tunnel.start(fake.domain);
  const env = { http_proxy: tunnel.url, https_proxy: tunnel.url, no_proxy: "registry.invalid" };
  await using registry = openRegistry("registry.invalid:5000", {
    env,
    insecure: true,
    sleep: async () => {},
  });
  await expect(registry.ping()).rejects.toMatchObject({ code: "UNREACHABLE" });
  expect(tunnel.asked).toEqual([]);
});
