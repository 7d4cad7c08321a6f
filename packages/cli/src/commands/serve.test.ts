import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LoadedWorkspace, loadedWorkspace } from "../testing/loaded.ts";
import { startServer } from "../testing/server.ts";
import { workspace } from "../testing/shale.ts";

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

async function push(url: string, bytes: Uint8Array): Promise<string> {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const path = `${url}/v2/app/blobs/uploads/?digest=${digest}`;
  expect((await fetch(path, { method: "POST", body: Buffer.from(bytes) })).status).toBe(201);
  return digest;
}

test("it tells where it listens, makes the store, and stops when it is told", async () => {
  await using other = await workspace();
  await using server = await startServer(other.storePath);
  const { address, url, domain } = server.said;
  expect(url).toBe(`http://${address}`);
  expect(domain).toBe(address.replace("127.0.0.1", "localhost"));
  const response = await fetch(`${url}/v2/`);
  expect(await response.json()).toEqual({});
  const id = response.headers.get("x-request-id");
  expect(await server.end("SIGTERM")).toBe(143);
  const request = server.log.find(({ requestId }) => requestId === id);
  expect(request).toMatchObject({ level: 30, msg: "request", kind: "ping", status: 200 });
  expect(await other.json(["images"])).toEqual([]);
});

test("what is tagged into it is served, and its log has nothing secret", async () => {
  await using server = await startServer(space.storePath);
  const { url, domain } = server.said;
  await space.json(["tag", "one:1.0", `${domain}/team/one:1.0`]);
  const headers = { Authorization: "Basic c2VjcmV0OnNlY3JldA==" };
  const response = await fetch(`${url}/v2/team/one/manifests/1.0?secret=c2VjcmV0`, { headers });
  expect(response.headers.get("docker-content-digest")).toBe(space.loaded.images[0]!.digest);
  const { layers } = (await response.json()) as { layers: { digest: string }[] };
  for (const { digest } of layers) {
    const blob = await fetch(`${url}/v2/team/one/blobs/${digest}`);
    const bytes = Buffer.from(await blob.arrayBuffer());
    expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
  }
  await server.end("SIGTERM");
  expect(JSON.stringify(server.log)).not.toContain("c2VjcmV0");
});

test("pushed blobs are settled in the background", async () => {
  await using other = await workspace();
  await using server = await startServer(other.storePath);
  const text = Buffer.from("a line that compresses well\n".repeat(50_000));
  const digest = await push(server.said.url, text);
  const state = async () => {
    const blobs = (await other.json(["blobs"])) as { digest: string; state: string }[];
    return blobs.find((blob) => blob.digest === digest)?.state;
  };
  while ((await state()) !== "settled") expect(await state()).toMatch(/settled|staged/);
});

test("after kill -9, and a start again, every acknowledged blob is there", async () => {
  await using other = await workspace();
  const acknowledged: string[] = [];
  {
    await using server = await startServer(other.storePath);
    const pushes = Array.from({ length: 12 }, async () => {
      acknowledged.push(await push(server.said.url, randomBytes(400_000)));
      if (acknowledged.length === 6) await server.end("SIGKILL");
    });
    await Promise.allSettled(pushes);
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(6);
  await using server = await startServer(other.storePath);
  for (const digest of acknowledged) {
    const blob = await fetch(`${server.said.url}/v2/app/blobs/${digest}`);
    const bytes = Buffer.from(await blob.arrayBuffer());
    expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
  }
  await server.end("SIGTERM");
  expect(await other.json(["verify"])).toMatchObject({ errors: [] });
});

test.each([
  [["--listen", "0.0.0.0:0"], /or give --insecure-anonymous/],
  [["--listen", "[::]:0"], /or give --insecure-anonymous/],
  [["--listen", "nowhere"], /give HOST:PORT/],
  [["--listen", "127.0.0.1:0", "--domain", "docker.io"], /give a name with a dot or a port/],
  [["--sparse", "some"], /Allowed choices are none, indexes, all/],
])("usage: %j", async (args, message) => {
  const { status, stderr } = await space.run(["serve", ...args]);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});

test("an address that is taken is an error of one line", async () => {
  const taken = createServer();
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const { status, stderr } = await space.run(["serve", "--listen", `127.0.0.1:${port}`]);
  taken.close();
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^shale: listen on .* another program listens there; .*\(LISTEN_FAILED\)\n$/,
  );
});
