import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ServeProcess, startServer } from "../testing/server.ts";
import { type Workspace, workspace } from "../testing/shale.ts";

let registry: Workspace;
let server: ServeProcess;
let own: Workspace;

beforeEach(async () => {
  [registry, own] = [await workspace(), await workspace()];
  server = await startServer(registry.storePath);
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  for (const one of [registry, own]) await one[Symbol.asyncDispose]();
});

const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Half of it is noise, so that it is no small blob. */
const content = Buffer.concat([randomBytes(400_000), Buffer.alloc(400_000, "text ")]);

async function put(path: string, bytes: Uint8Array, type: string): Promise<void> {
  const method = path.includes("manifests") ? "PUT" : "POST";
  const init = { method, headers: { "Content-Type": type }, body: Buffer.from(bytes) };
  expect((await fetch(`${server.said.url}/v2/${path}`, init)).status).toBe(201);
}

/** An image of one gzip layer, whose config says that it is `diffId`. */
async function publish(diffId: string): Promise<string> {
  const type = "application/vnd.oci.image";
  const layer = gzipSync(content);
  const rootfs = { type: "layers", diff_ids: [diffId] };
  const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", rootfs }));
  for (const blob of [layer, config]) {
    await put(`app/blobs/uploads/?digest=${sha256(blob)}`, blob, "application/octet-stream");
  }
  const named = (kind: string, bytes: Uint8Array) => ({
    mediaType: `${type}.${kind}`,
    digest: sha256(bytes),
    size: bytes.length,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: named("config.v1+json", config),
    layers: [named("layer.v1.tar+gzip", layer)],
  };
  await put("app/manifests/1", Buffer.from(JSON.stringify(manifest)), manifest.mediaType);
  return `${server.said.domain}/app:1`;
}

test("an image is named when its layers are what its config says, and settled then", async () => {
  const name = await publish(sha256(content));
  await own.json(["pull", name]);
  expect(await own.json(["images"])).toMatchObject([{ reference: name, sizeBytes: 800_000 }]);
  const blobs = (await own.json(["blobs"])) as { state: string; sizeBytes: number }[];
  expect(blobs[0]).toMatchObject({ state: "settled" });
});

test("an image whose layer is another one is refused, and loses its name", async () => {
  const name = await publish(sha256(Buffer.from("another layer")));
  const { status, stderr } = await own.run(["pull", name]);
  expect([status, stderr]).toEqual([1, expect.stringMatching(/\(LAYER_MISMATCH\)\n$/)]);
  expect(await own.json(["images"])).toEqual([]);
});

test("left as it came, a layer is verified by whoever reads it, and its size is known later", async () => {
  const name = await publish(sha256(Buffer.from("another layer")));
  await own.json(["pull", "--no-settle", name]);
  const save = ["save", "--format", "docker", "-o", `${own.directory}/out.tar`, name];
  expect((await own.run(save)).stderr).toMatch(/\(LAYER_MISMATCH\)\n$/);
  const good = await publish(sha256(content));
  await own.json(["pull", "--no-settle", good]);
  const [before] = (await own.json(["images", good])) as { sizeBytes: number }[];
  expect(before!.sizeBytes).toBeLessThan(800_000);
  const { status } = await own.run([...save.slice(0, -1), good]);
  expect(status).toBe(0);
  await own.json(["settle"]);
  expect(await own.json(["images", good])).toMatchObject([{ sizeBytes: 800_000 }]);
});
