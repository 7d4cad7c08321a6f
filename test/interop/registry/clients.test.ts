import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Clients, type DiskUse, openClients, openShale, type Shale } from "../clients.ts";
import { type Docker, startDocker } from "../docker.ts";
import { buildWithBuildah, buildWithDocker, copyAs, makeContext, SITES } from "../images.ts";
import { startContainerd } from "./containerd.ts";
import { type Server, startServer } from "./server.ts";

let directory: string;
let clients: Clients;
let docker: Docker;
let layout: string;
let shale: Shale;
let server: Server;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-registry-"));
  clients = await openClients(directory);
  docker = await startDocker(join(directory, "docker"));
  const context = await makeContext(directory);
  layout = await buildWithBuildah(clients, context);
  await buildWithDocker(docker, context);
  shale = openShale(join(directory, "store"));
  server = await startServer(shale);
});

afterAll(async () => {
  const log = await server?.end("SIGTERM");
  await docker?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
  expect(log).not.toContain('"level":50');
});

const PLAIN = { to: "--dest-tls-verify=false", from: "--src-tls-verify=false" };

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

async function manifestOf(...source: string[]): Promise<string> {
  return await clients.skopeo("inspect", "--raw", ...source);
}

interface Named {
  readonly reference: string;
  readonly digest: string;
}

async function pushed(): Promise<Record<string, string>> {
  const images = await shale.json<Named[]>("images");
  return Object.fromEntries(images.map(({ reference, digest }) => [reference, digest]));
}

describe("skopeo", () => {
  test("copies images in and out again, byte for byte", async () => {
    for (const site of SITES) {
      const name = `${server.domain}/skopeo/site:${site}`;
      await clients.skopeo("copy", PLAIN.to, `oci:${layout}:${site}`, `docker://${name}`);
      const before = await manifestOf(`oci:${layout}:${site}`);
      const after = await manifestOf("--tls-verify=false", `docker://${name}`);
      expect(after).toBe(before);
      expect((await pushed())[name]).toBe(sha256(before));
      // A copy makes the client read and check every blob.
      const back = join(directory, `back-${site}`);
      await clients.skopeo("copy", PLAIN.from, `docker://${name}`, `dir:${back}`);
    }
    const tags = await clients.skopeo(
      ...["list-tags", "--tls-verify=false"],
      `docker://${server.domain}/skopeo/site`,
    );
    expect(JSON.parse(tags)).toMatchObject({ Tags: [...SITES] });
  });

  test("finds that layers are there, and mounts them from one repository to another", async () => {
    const [from, to] = ["skopeo/site", "mounted/site"].map((name) => `${server.domain}/${name}:a`);
    const flags = [PLAIN.from, PLAIN.to];
    await clients.skopeo("copy", ...flags, `docker://${from}`, `docker://${to}`);
    const images = await pushed();
    expect(images[to!]).toBe(images[from!]);
    await shale.run("gc");
    const back = join(directory, "back-mounted");
    await clients.skopeo("copy", PLAIN.from, `docker://${to}`, `dir:${back}`);
  });

  test("copies docker's own manifests, and zstd layers", async () => {
    const flags = ["--dest-compress-format=zstd", "--dest-compress"];
    const [zstd] = await copyAs(clients, { layout, form: "oci", flags });
    const forms = [
      {
        source: `oci:${layout}:a`,
        flags: ["--format=v2s2"],
        type: "docker.distribution.manifest.v2",
      },
      { source: `oci:${zstd}:site:a`, flags: [], type: "layer.v1.tar+zstd" },
    ];
    for (const [at, { source, flags, type }] of forms.entries()) {
      const name = `docker://${server.domain}/forms/site:${at}`;
      await clients.skopeo("copy", ...flags, PLAIN.to, source, name);
      expect(await manifestOf("--tls-verify=false", name)).toContain(type);
      await clients.skopeo("copy", PLAIN.from, name, `dir:${join(directory, `form-${at}`)}`);
    }
  });

  test("deletes an image", async () => {
    const name = `docker://${server.domain}/gone/site:a`;
    await clients.skopeo("copy", PLAIN.to, `oci:${layout}:a`, name);
    await clients.skopeo("delete", "--tls-verify=false", name);
    await expect(manifestOf("--tls-verify=false", name)).rejects.toThrow(/manifest unknown/i);
  });
});

describe("docker", () => {
  test("pushes, and pulls what it pushed once it has forgotten it", async () => {
    for (const site of SITES) {
      const name = `${server.domain}/docker/site:${site}`;
      await docker.run("tag", `site:${site}`, name);
      const id = await docker.run("image", "inspect", "--format={{.Id}}", name);
      const said = await docker.run("push", name);
      const digest = /digest: (sha256:\w+)/.exec(said)![1]!;
      expect((await pushed())[name]).toBe(digest);
      await docker.run("rmi", name, `site:${site}`);
      expect(await docker.run("pull", name)).toContain(digest);
      expect(await docker.run("image", "inspect", "--format={{.Id}}", name)).toBe(id);
      await docker.run("rmi", name);
      await docker.run("pull", `${server.domain}/docker/site@${digest}`);
    }
  });

  test("pulls an image that was taken in by load, and tagged into the registry", async () => {
    await shale.run("load", layout);
    const [source] = await shale.json<Named[]>("images");
    const name = `${server.domain}/loaded/site:b`;
    await shale.run("tag", source!.reference, name);
    expect(await docker.run("pull", name)).toContain(source!.digest);
  });

  test("is told of what is not there", async () => {
    const name = `${server.domain}/docker/site:none`;
    await expect(docker.run("pull", name)).rejects.toThrow(/not found|manifest unknown/);
  });
});

test("buildah pushes and pulls", async () => {
  const name = `${server.domain}/buildah/site:a`;
  await clients.buildah("push", "--tls-verify=false", "localhost/site:a", `docker://${name}`);
  await clients.buildah("pull", "--tls-verify=false", `docker://${name}`);
  expect((await pushed())[name]).toMatch(/^sha256:/);
});

test("containerd pulls and unpacks, and pushes to another repository", async () => {
  await using containerd = await startContainerd(join(directory, "containerd"));
  const [from, to] = ["skopeo/site", "containerd/site"].map((name) => `${server.domain}/${name}:a`);
  const plain = ["--plain-http", "--snapshotter=native"];
  await containerd.ctr("images", "pull", ...plain, from!);
  const digest = (await pushed())[from!]!;
  expect(await containerd.ctr("images", "ls")).toContain(digest);
  await containerd.ctr("images", "tag", from!, to!);
  await containerd.ctr("images", "push", "--plain-http", to!);
  expect((await pushed())[to!]).toBe(digest);
});

test("what all of them pushed is kept once, and is sound after it was settled and collected", async () => {
  await shale.run("settle");
  await shale.run("gc");
  await shale.run("verify");
  // The zstd layers stay staged, as they came; all the others are one content with recipes.
  const { bytes } = await shale.json<DiskUse>("df");
  expect(bytes.stored! - bytes.staged!).toBeLessThan(bytes.logical! / 4);
  const names = Object.keys(await pushed()).filter((name) => name.startsWith(server.domain));
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) {
    const back = join(directory, "back-settled");
    await clients.skopeo("copy", PLAIN.from, `docker://${name}`, `dir:${back}`);
    await rm(back, { recursive: true });
  }
});
