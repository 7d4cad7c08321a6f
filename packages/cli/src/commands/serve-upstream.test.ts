import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LoadedWorkspace, loadedWorkspace } from "../testing/loaded.ts";
import { type ServeProcess, startServer } from "../testing/server.ts";
import { type Workspace, workspace } from "../testing/shale.ts";

let source: LoadedWorkspace;
let own: Workspace;
let upstream: ServeProcess;

beforeAll(async () => {
  source = await loadedWorkspace();
  own = await workspace();
  upstream = await startServer(source.storePath);
  await source.json(["tag", "one:1.0", `${upstream.said.domain}/library/one:1.0`]);
});

afterAll(async () => {
  await upstream?.[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

interface Fetched {
  readonly digest: string;
  readonly blobs: readonly string[];
}

/** As a client does: the manifest, then all that it names, each checked. */
async function fetchImage(url: string): Promise<Fetched> {
  const response = await fetch(`${url}/v2/library/one/manifests/1.0`);
  expect(response.status).toBe(200);
  const text = await response.text();
  const { config, layers } = JSON.parse(text) as Record<"config", { digest: string }> & {
    layers: { digest: string }[];
  };
  const blobs = [config, ...layers].map(({ digest }) => digest);
  for (const digest of blobs) {
    const bytes = await (await fetch(`${url}/v2/library/one/blobs/${digest}`)).bytes();
    expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
  }
  return { digest: response.headers.get("docker-content-digest")!, blobs };
}

test("a server has what another one has, and goes on when that is gone", async () => {
  await using mirror = await startServer(own.storePath, ["--upstream", upstream.said.domain]);
  const image = await fetchImage(mirror.said.url);
  expect(image.digest).toBe(source.loaded.images[0]!.digest);
  expect(await fetchImage(mirror.said.url)).toEqual(image);
  await upstream.end("SIGTERM");
  const reads = upstream.log.filter(({ kind, method }) => kind === "read blob" && method === "GET");
  expect(reads).toHaveLength(new Set(image.blobs).size);
  expect(await fetchImage(mirror.said.url)).toEqual(image);
  const absent = await fetch(`${mirror.said.url}/v2/library/other/manifests/1.0`);
  expect(absent.status).toBe(502);
  await mirror.end("SIGTERM");
  expect(await own.json(["verify"])).toMatchObject({ errors: [] });
});
