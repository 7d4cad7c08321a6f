import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clients, openClients, openShale, type Shale } from "../clients.ts";
import { startDocker } from "../docker.ts";
import { buildWithBuildah, makeContext } from "../images.ts";
import { startContainerd } from "./containerd.ts";
import { type Server, startServer } from "./server.ts";

let directory: string;
let clients: Clients;
let upstream: Server;
let shale: Shale;
let mirror: Server;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-mirror-"));
  clients = await openClients(directory);
  const layout = await buildWithBuildah(clients, await makeContext(directory));
  upstream = await startServer(openShale(join(directory, "upstream")));
  for (const tag of ["a", "b"]) {
    const to = `docker://${upstream.domain}/library/site:${tag}`;
    await clients.skopeo("copy", "--dest-tls-verify=false", `oci:${layout}:${tag}`, to);
  }
  shale = openShale(join(directory, "mirror"));
  mirror = await startServer(shale, "--upstream", upstream.domain);
});

afterAll(async () => {
  await upstream?.[Symbol.asyncDispose]();
  await mirror?.end("SIGTERM");
  await shale.run("settle");
  await shale.run("verify");
  await rm(directory, { recursive: true, force: true });
});

test("docker has its images from a mirror, and goes on when what is behind it is gone", async () => {
  await using docker = await startDocker(
    join(directory, "docker"),
    `--registry-mirror=http://${mirror.address}`,
  );
  await docker.run("pull", "site:a");
  const id = await docker.run("image", "inspect", "--format={{.Id}}", "site:a");
  await docker.run("rmi", "site:a");
  await upstream.end("SIGTERM");
  await docker.run("pull", "site:a");
  expect(await docker.run("image", "inspect", "--format={{.Id}}", "site:a")).toBe(id);
});

test("containerd has its images from a mirror of the registry that it names", async () => {
  await using containerd = await startContainerd(join(directory, "containerd"));
  const hosts = join(directory, "hosts");
  await mkdir(join(hosts, upstream.domain), { recursive: true });
  const host = `[host."http://${mirror.address}"]\ncapabilities = ["pull", "resolve"]\n`;
  await writeFile(join(hosts, upstream.domain, "hosts.toml"), host);
  const name = `${upstream.domain}/library/site:a`;
  const flags = ["--hosts-dir", hosts, "--snapshotter=native", "--plain-http"];
  await containerd.ctr("images", "pull", ...flags, name);
  expect(await containerd.ctr("images", "ls", "-q")).toContain(name);
});
