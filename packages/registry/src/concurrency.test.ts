import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "./testing/client.ts";
import { manifestOf, pushImage } from "./testing/images.ts";
import { type Served, serve } from "./testing/served.ts";
import { STORES } from "./testing/stores.ts";

const BYTES = Buffer.from("0123456789".repeat(10_000));
const DIGEST = digestOf(BYTES);
const BLOB = `blobs/${DIGEST}`;
const ROUNDS = 20;

describe.each(STORES)("over a store %s", (_title, open) => {
  let registry: Served;

  beforeEach(async () => {
    registry = await serve(await open());
  });

  afterEach(async () => {
    await registry[Symbol.asyncDispose]();
    await registry.store[Symbol.asyncDispose]();
  });

  test("many push one blob to their repositories, and each can read it", async () => {
    const names = Array.from({ length: 8 }, (_, at) => `team${at % 4}`);
    await Promise.all(names.map((name) => registry.pushBlob(name, BYTES)));
    for (const name of names) {
      expect((await registry.send("GET", `/v2/${name}/${BLOB}`)).bytes.equals(BYTES)).toBe(true);
    }
  });

  test("a blob that is pushed while it is deleted is there or is not, and can be pushed again", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await registry.pushBlob("a", BYTES);
      const [deleted] = await Promise.all([
        registry.send("DELETE", `/v2/a/${BLOB}`),
        registry.pushBlob("a", BYTES),
        registry.store.collect(),
      ]);
      expect(deleted.status).toBe(202);
      const { status, bytes } = await registry.send("GET", `/v2/a/${BLOB}`);
      if (status === 200) expect(bytes.equals(BYTES)).toBe(true);
      else expect(status).toBe(404);
      await registry.pushBlob("a", BYTES);
      expect((await registry.send("HEAD", `/v2/a/${BLOB}`)).status).toBe(200);
    }
  });

  test("a blob that is mounted while its source goes is whole, or an upload begins", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await registry.pushBlob("source", BYTES);
      const [mounted] = await Promise.all([
        registry.send("POST", `/v2/b/blobs/uploads/?mount=${DIGEST}&from=source`),
        registry.send("DELETE", `/v2/source/${BLOB}`),
        registry.store.collect(),
      ]);
      await registry.store.collect();
      expect([201, 202]).toContain(mounted.status);
      const { status, bytes } = await registry.send("GET", `/v2/b/${BLOB}`);
      expect(status).toBe(mounted.status === 201 ? 200 : 404);
      if (status === 200) expect(bytes.equals(BYTES)).toBe(true);
      await registry.send("DELETE", `/v2/b/${BLOB}`);
    }
  });

  test("an image that is pushed while it is deleted is whole under its tag, or not there", async () => {
    const digest = await pushImage(registry, "a", "1");
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([
        registry.pushManifest("a", "1", manifestOf([Buffer.from("a layer")])),
        registry.send("DELETE", `/v2/a/manifests/${digest}`),
      ]);
      const byTag = await registry.send("GET", "/v2/a/manifests/1");
      const byDigest = await registry.send("GET", `/v2/a/manifests/${digest}`);
      if (byTag.status === 200) expect(byDigest.status).toBe(200);
      else expect(byTag.status).toBe(404);
      await pushImage(registry, "a", "1");
    }
  });

  test("a tag that many move at once ends with one of their manifests", async () => {
    await pushImage(registry, "a", "1");
    const documents = Array.from({ length: 8 }, (_, at) =>
      manifestOf([], { annotations: { at: `${at}` } }),
    );
    const replies = await Promise.all(
      documents.map((document) => registry.pushManifest("a", "moved", document)),
    );
    expect(replies.map(({ status }) => status)).toEqual(documents.map(() => 201));
    const got = await registry.send("GET", "/v2/a/manifests/moved");
    expect(documents).toContainEqual(got.json ?? JSON.parse(got.bytes.toString()));
    for (const { headers } of replies) {
      expect((await registry.send("HEAD", headers.location!)).status).toBe(200);
    }
  });
});
