import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostileProxy, type Mishap } from "../../../packages/remote/src/testing/hostile-proxy.ts";
import { finish, succeed } from "../../packaging/commands.ts";
import { type Clients, openClients, openShale, type Shale } from "../clients.ts";
import { type Docker, startDocker } from "../docker.ts";
import { buildWithBuildah, makeContext } from "../images.ts";
import { type DockerRegistry, freePort, startRegistry } from "./docker-registry.ts";
import { makeCertificate } from "./token-server.ts";

interface Pulled {
  readonly digest: string;
  readonly imageId: string;
  readonly layers: readonly { readonly digest: string; readonly status: string }[];
  readonly transferredBytes: number;
  readonly upToDate: boolean;
}

interface Pushed {
  readonly digest: string;
  readonly layers: readonly { readonly status: string; readonly from: string | null }[];
  readonly transferredBytes: number;
}

let directory: string;
let clients: Clients;
let docker: Docker;
let registry: DockerRegistry;
/** Both images, as buildah made them. */
let layout: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-transfer-"));
  clients = await openClients(directory);
  layout = await buildWithBuildah(clients, await makeContext(directory));
  registry = await startRegistry(join(directory, "registry"));
  docker = await startDocker(join(directory, "docker"));
});

afterAll(async () => {
  await docker?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

let stores = 0;
const newStore = (): Shale => openShale(join(directory, `store-${stores++}`));
const imageOf = (name: string) => `${registry.domain}/${name}`;

async function inspect(name: string): Promise<{ digest: string; layers: string[] }> {
  const text = await clients.skopeo("inspect", "--tls-verify=false", `docker://${imageOf(name)}`);
  const { Digest: digest, Layers: layers } = JSON.parse(text);
  return { digest, layers };
}

test("what skopeo, buildah and docker push is pulled with the same digests", async () => {
  await clients.skopeo(
    "copy",
    "--dest-tls-verify=false",
    `oci:${layout}:a`,
    `docker://${imageOf("by/skopeo:a")}`,
  );
  await clients.buildah(
    "push",
    "--tls-verify=false",
    "localhost/site:b",
    `docker://${imageOf("by/buildah:b")}`,
  );
  const archive = join(directory, "a.tar");
  await clients.skopeo(
    "copy",
    `oci:${layout}:a`,
    `docker-archive:${archive}:${imageOf("by/docker:a")}`,
  );
  await docker.run("load", "-i", archive);
  await docker.run("push", imageOf("by/docker:a"));
  const shale = newStore();
  for (const name of ["by/skopeo:a", "by/buildah:b", "by/docker:a"]) {
    const { digest, layers } = await shale.json<Pulled>("pull", imageOf(name));
    const there = await inspect(name);
    expect({ digest, layers: layers.map((layer) => layer.digest) }).toEqual(there);
    expect((await shale.json<Pulled>("pull", imageOf(name))).upToDate).toBe(true);
  }
  const blobs = await shale.json<{ state: string; sizeBytes: number }[]>("blobs");
  expect(
    blobs.filter(({ sizeBytes }) => sizeBytes > 300_000).map(({ state }) => state),
  ).not.toContain("staged");
  expect(await shale.run("verify")).toMatch(/0 errors|no errors|verified/i);
});

test("what shale pushes is read by skopeo, docker and containerd, and only what is new goes over", async () => {
  const shale = newStore();
  await shale.run("load", layout, "--name", imageOf("by/shale"));
  const first = await shale.json<Pushed>("push", imageOf("by/shale:a"));
  expect(first.layers.map(({ status }) => status)).not.toContain("exists");
  const second = await shale.json<Pushed>("push", imageOf("by/shale:b"));
  expect(second.layers.map(({ status }) => status)).toEqual(["exists", "exists", "pushed"]);
  await shale.run("tag", imageOf("by/shale:b"), imageOf("again:b"));
  const third = await shale.json<Pushed>("push", imageOf("again:b"));
  expect(third.layers.map(({ from }) => from)).toEqual(Array(3).fill("by/shale"));
  expect(third.transferredBytes).toBe(0);
  expect((await inspect("again:b")).digest).toBe(third.digest);

  await docker.run("pull", imageOf("by/shale:a"));
  const id = await docker.run("image", "inspect", "--format", "{{.Id}}", imageOf("by/shale:a"));
  expect(await shale.run("images", "-q", "--no-trunc", imageOf("by/shale:a"))).toBe(id);
  await withContainerd(async (ctr) => {
    await ctr("images", "pull", "--plain-http", "--snapshotter", "native", imageOf("again:b"));
    expect(
      await ctr("images", "check", "--snapshotter", "native", `name==${imageOf("again:b")}`),
    ).toMatch(/complete.*true/s);
  });
});

test("plain layers of docker's own archives go as gzip, and docker gets back the image that it saved", async () => {
  const archive = join(directory, "plain.tar");
  await clients.skopeo(
    "copy",
    `oci:${layout}:b`,
    `docker-archive:${archive}:${imageOf("plain:b")}`,
  );
  const shale = newStore();
  await shale.run("load", archive);
  const { digest } = await shale.json<Pushed>("push", imageOf("plain:b"));
  const blobs = await shale.json<{ tier: number | null; state: string }[]>("blobs");
  // The third layer is small, and stands in a pack as it is.
  expect(blobs.filter(({ tier }) => tier === 0).length).toBe(2);
  expect((await inspect("plain:b")).digest).toBe(digest);
  await docker.run("pull", imageOf("plain:b"));
  const id = await docker.run("image", "inspect", "--format", "{{.Id}}", imageOf("plain:b"));
  expect(await shale.run("images", "-q", "--no-trunc", imageOf("plain:b"))).toBe(id);
});

test("a pull that is killed goes on where it was", async () => {
  await clients.skopeo(
    "copy",
    "--dest-tls-verify=false",
    `oci:${layout}:a`,
    `docker://${imageOf("slow:a")}`,
  );
  await using proxy = await HostileProxy.start(registry.domain);
  proxy.delayMs = 15;
  const shale = newStore();
  const [program, ...args] = shale.command("pull", `${proxy.domain}/slow:a`);
  const child = spawn(program, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  await sleep(3000);
  child.kill("SIGKILL");
  await ended;
  proxy.delayMs = 0;
  const { layers, transferredBytes, digest } = await shale.json<Pulled>(
    "pull",
    `${proxy.domain}/slow:a`,
  );
  expect(digest).toBe((await inspect("slow:a")).digest);
  const sizes = layers.map((layer) => (layer as unknown as { sizeBytes: number }).sizeBytes);
  expect(transferredBytes).toBeLessThan(sizes.reduce((sum, size) => sum + size, 0) - 100_000);
  await shale.run("verify");
});

test("whatever happens between them, both sides hold what they should, or there is an error with a code", async () => {
  await using proxy = await HostileProxy.start(registry.domain);
  const source = newStore();
  await source.run("load", layout, "--name", `${proxy.domain}/hostile`);
  const shale = newStore();
  const whats = ["cut", "reset", "corrupt", "cut"] as const;
  for (let round = 0; round < 6; round++) {
    proxy.plan.push(
      ...Array.from({ length: 4 }, (_, at): Mishap => {
        const side = (round + at) % 2 === 0 ? "answer" : "request";
        return { side, afterBytes: 150 * 7 ** at + 1000 * round, what: whats[(round + at) % 4]! };
      }),
    );
    for (const [from, verb] of [
      [source, "push"],
      [shale, "pull"],
    ] as const) {
      const { status, output } = await finish(
        from.command(verb, "--json", `${proxy.domain}/hostile:a`),
      );
      if (status !== 0) expect(output).toMatch(/"code":"[A-Z_]+"/);
      expect(output).not.toMatch(/INTERNAL/);
    }
    if (round % 3 === 2) await shale.run("verify").catch(() => shale.run("df"));
  }
  proxy.plan.length = 0;
  const { digest } = await source.json<Pushed>("push", `${proxy.domain}/hostile:a`);
  expect((await shale.json<Pulled>("pull", `${proxy.domain}/hostile:a`)).digest).toBe(digest);
  await shale.run("verify");
  await succeed([
    "skopeo",
    "copy",
    "--src-tls-verify=false",
    `docker://${imageOf("hostile:a")}`,
    `dir:${join(directory, "copied")}`,
  ]);
});

test("a certificate must be trusted, and may be so by SSL_CERT_FILE, or by the system", async () => {
  const { certificatePath, keyPath } = await makeCertificate(directory, "server");
  const tls = { certificatePath, keyPath };
  await using secure = await startRegistry(join(directory, "secure"), { tls });
  const port = secure.domain.split(":")[1];
  // Not a name of this machine to shale: it is one to the resolver alone.
  const domain = `shale-registry.test:${port}`;
  const hosts = await readFile("/etc/hosts", "utf8");
  await writeFile("/etc/hosts", `${hosts.trimEnd()}\n127.0.0.1 shale-registry.test\n`);
  try {
    const command = newStore().command("pull", `${domain}/no/such`);
    expect((await finish(command)).output).toMatch(/TLS_UNTRUSTED/);
    const systemPath = join(directory, "authorities");
    await mkdir(systemPath);
    await copyFile(certificatePath, join(systemPath, "authority.crt"));
    for (const env of [{ SSL_CERT_FILE: certificatePath }, { SSL_CERT_DIR: systemPath }]) {
      const trusted = await finish(command, { env });
      expect(trusted.output).toMatch(/TLS_UNTRUSTED.*ALTNAME|ALTNAME.*TLS_UNTRUSTED/);
    }
    expect((await finish([...command, "--insecure"])).output).toMatch(
      /MANIFEST_UNKNOWN|REPOSITORY_UNKNOWN/,
    );
  } finally {
    await writeFile("/etc/hosts", hosts);
  }
});

/** A containerd of its own. */
async function withContainerd(
  work: (ctr: (...args: string[]) => Promise<string>) => Promise<void>,
): Promise<void> {
  const path = join(directory, "containerd");
  await mkdir(path, { recursive: true });
  const address = join(path, "containerd.sock");
  const config = join(path, "config.toml");
  await writeFile(
    config,
    [
      "version = 2",
      `root = "${join(path, "root")}"`,
      `state = "${join(path, "state")}"`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      `[grpc]\naddress = "${address}"`,
      `[debug]\naddress = "${join(path, "debug.sock")}"`,
      `[metrics]\naddress = "127.0.0.1:${await freePort()}"`,
      "",
    ].join("\n"),
  );
  const daemon = spawn("containerd", ["--config", config], { stdio: "ignore" });
  const ended = once(daemon, "exit");
  const ctr = async (...args: string[]) =>
    (await succeed(["ctr", "--address", address, ...args])).stdout;
  try {
    for (let asked = 0; ; asked++) {
      if ((await finish(["ctr", "--address", address, "version"])).status === 0) break;
      if (asked > 100) throw new Error("start containerd: it does not answer");
      await sleep(100);
    }
    await work(ctr);
  } finally {
    daemon.kill();
    await ended;
  }
}
