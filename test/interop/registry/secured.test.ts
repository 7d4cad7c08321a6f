import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { succeed } from "../../packaging/commands.ts";
import { type Clients, openClients, openShale, type Shale } from "../clients.ts";
import { type Docker, startDocker } from "../docker.ts";
import { buildWithBuildah, buildWithDocker, makeContext } from "../images.ts";
import { type Containerd, startContainerd } from "./containerd.ts";
import { type GoClients, installGoClients } from "./go-clients.ts";
import { NAME, PASSWORD, type SecureServer, startSecureServer } from "./secure-server.ts";

let directory: string;
let clients: Clients;
let docker: Docker;
let containerd: Containerd;
let layout: string;

const at = (name: string): string => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-secured-"));
  clients = await openClients(directory);
  docker = await startDocker(at("docker"));
  containerd = await startContainerd(at("containerd"));
  const context = await makeContext(directory);
  layout = await buildWithBuildah(clients, context);
  await buildWithDocker(docker, context);
});

afterAll(async () => {
  await docker?.[Symbol.asyncDispose]();
  await containerd?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

describe.each([
  ["passwords with every request", false],
  ["tokens of its own", true],
])("over TLS, with %s", (_name, tokens) => {
  const kind = tokens ? "tokens" : "passwords";
  let shale: Shale;
  let server: SecureServer;
  let go: GoClients;
  let certificates: readonly string[];
  const creds = `${NAME}:${PASSWORD}`;

  beforeAll(async () => {
    await mkdir(at(`${kind}/go`), { recursive: true });
    shale = openShale(at(`${kind}/store`));
    server = await startSecureServer(shale, at(kind), { tokens });
    certificates = ["--cert-dir", server.certificates];
    go = await installGoClients(at(`${kind}/go`), server.ca);
  });

  afterAll(async () => {
    const log = await server?.end("SIGTERM");
    expect(log).not.toContain('"level":50');
    expect(log).not.toContain(PASSWORD);
    await shale.run("settle");
    await shale.run("verify");
  });

  test("skopeo, and a sync of all its tags", async () => {
    const name = `docker://${server.domain}/skopeo/site`;
    const to = ["--dest-creds", creds, "--dest-cert-dir", server.certificates];
    for (const tag of ["a", "b"]) {
      await clients.skopeo("copy", ...to, `oci:${layout}:${tag}`, `${name}:${tag}`);
    }
    const from = ["--src-creds", creds, "--src-cert-dir", server.certificates];
    const synced = at(`${kind}/synced`);
    await clients.skopeo(
      "sync",
      "--src",
      "docker",
      "--dest",
      "dir",
      ...from,
      name.slice(9),
      synced,
    );
    expect((await readdir(synced)).sort()).toEqual(["site:a", "site:b"]);
    const wrong = ["--creds", `${NAME}:wrong`, ...certificates];
    await expect(clients.skopeo("inspect", ...wrong, `${name}:a`)).rejects.toThrow(
      /unauthorized|invalid username/i,
    );
    await expect(clients.skopeo("inspect", ...certificates, `${name}:a`)).rejects.toThrow(
      /unauthorized|authentication required/i,
    );
    const reader = ["--dest-creds", `bob:${PASSWORD}`, "--dest-cert-dir", server.certificates];
    await expect(clients.skopeo("copy", ...reader, `oci:${layout}:a`, `${name}:c`)).rejects.toThrow(
      /denied|unauthorized|not allowed/i,
    );
  });

  test("docker logs in, pushes, and pulls what it forgot", async () => {
    const name = `${server.domain}/docker/site:a`;
    const wrong = ["login", "-u", NAME, "-p", "wrong", server.domain];
    await expect(docker.run(...wrong)).rejects.toThrow(/unauthorized/i);
    await docker.run("login", "-u", NAME, "-p", PASSWORD, server.domain);
    await docker.run("tag", "site:a", name);
    const id = await docker.run("image", "inspect", "--format={{.Id}}", name);
    const digest = /digest: (sha256:\w+)/.exec(await docker.run("push", name))![1]!;
    await docker.run("rmi", name);
    expect(await docker.run("pull", name)).toContain(digest);
    expect(await docker.run("image", "inspect", "--format={{.Id}}", name)).toBe(id);
    await docker.run("rmi", name);
    await docker.run("logout", server.domain);
    // Refused, it tries this machine without TLS, and reports of that.
    await expect(docker.run("pull", name)).rejects.toThrow(/unauthorized|no basic auth|EOF/i);
  });

  test("podman", async () => {
    const storage = ["--storage-driver=vfs", `--root=${at(`${kind}/podman`)}`];
    const own = [...storage, `--runroot=${at(`${kind}/podman-run`)}`, "--cgroup-manager=cgroupfs"];
    const podman = async (...args: string[]): Promise<string> =>
      (await succeed(["podman", ...own, ...args])).stdout;
    const auth = ["--authfile", at(`${kind}/podman-auth.json`), ...certificates];
    const [from, to] = ["skopeo/site", "podman/site"].map((one) => `${server.domain}/${one}:a`);
    await podman("login", ...auth, "-u", NAME, "-p", PASSWORD, server.domain);
    const policy = ["--signature-policy", at("policy.json")];
    await podman("pull", ...auth, ...policy, from!);
    const id = (await podman("images", "-q")).trim();
    await podman("push", ...auth, ...policy, id, to!);
    await podman("rmi", "--all", "--force");
    await podman("pull", ...auth, ...policy, to!);
    expect((await podman("images", "-q")).trim()).toBe(id);
    await podman("logout", "--authfile", at(`${kind}/podman-auth.json`), server.domain);
    await expect(podman("pull", ...auth, ...policy, to!)).rejects.toThrow(/unauthorized|required/);
  });

  test("buildah", async () => {
    const name = `docker://${server.domain}/buildah/site:a`;
    const auth = ["--creds", creds, ...certificates];
    await clients.buildah("push", ...auth, "localhost/site:a", name);
    await clients.buildah("pull", ...auth, name);
  });

  test("containerd pulls and unpacks, and pushes", async () => {
    const [from, to] = ["skopeo/site", "containerd/site"].map((one) => `${server.domain}/${one}:a`);
    // To this machine it speaks plain HTTP, unless it is told otherwise.
    const hosts = at(`${kind}/hosts`);
    const host = `server = "https://${server.domain}"\n[host."https://${server.domain}"]\n`;
    await mkdir(join(hosts, server.domain), { recursive: true });
    await writeFile(join(hosts, server.domain, "hosts.toml"), `${host}ca = "${server.ca}"\n`);
    const auth = ["--user", creds, "--hosts-dir", hosts];
    await containerd.ctr("images", "pull", ...auth, "--snapshotter=native", from!);
    await containerd.ctr("images", "tag", from!, to!);
    await containerd.ctr("images", "push", ...auth, to!);
  });

  test("crane", async () => {
    const name = `${server.domain}/crane/site`;
    await go.crane("auth", "login", server.domain, "-u", NAME, "-p", PASSWORD);
    await go.crane("copy", `${server.domain}/skopeo/site:a`, `${name}:a`);
    const digest = (await go.crane("digest", `${name}:a`)).trim();
    expect(digest).toBe((await go.crane("digest", `${server.domain}/skopeo/site:a`)).trim());
    await go.crane("validate", "--remote", `${name}:a`);
    expect((await go.crane("ls", name)).trim()).toBe("a");
    expect((await go.crane("catalog", server.domain)).split("\n")).toContain("crane/site");
    await go.crane("append", "-b", `${name}:a`, "-t", `${name}:b`, "-f", await tarOf("added"));
    await go.crane("delete", `${name}@${digest}`);
    expect((await go.crane("ls", name)).trim()).toBe("b");
  });

  test("oras pushes what speaks of an image, and finds it again", async () => {
    const name = `${server.domain}/skopeo/site:b`;
    const auth = ["-u", NAME, "-p", PASSWORD, "--ca-file", server.ca, "--plain-http=false"];
    await writeFile(at(`${kind}/go/sbom.json`), '{"packages":[]}');
    const type = "application/vnd.example.sbom";
    await go.oras("attach", ...auth, "--artifact-type", type, name, "sbom.json");
    const found = JSON.parse(await go.oras("discover", ...auth, "--format", "json", name)) as {
      referrers: { reference: string; artifactType: string }[];
    };
    expect(found.referrers.map(({ artifactType }) => artifactType)).toEqual([type]);
    await mkdir(at(`${kind}/pulled`));
    await go.oras("pull", ...auth, "-o", at(`${kind}/pulled`), found.referrers[0]!.reference);
    expect(await readFile(at(`${kind}/pulled/sbom.json`), "utf8")).toBe('{"packages":[]}');
    const file = `${server.domain}/oras/file:1`;
    await go.oras("push", ...auth, file, "sbom.json:text/plain");
    await go.oras("copy", ...forBoth(), "-r", name, `${server.domain}/oras/copied:1`);
    expect((await go.oras("repo", "tags", ...auth, `${server.domain}/oras/copied`)).trim()).toBe(
      "1",
    );
  });

  /** Options of a copy, which has two sides. */
  function forBoth(): string[] {
    return ["from", "to"].flatMap((side) => [
      ...[`--${side}-username`, NAME, `--${side}-password`, PASSWORD],
      ...[`--${side}-ca-file`, server.ca, `--${side}-plain-http=false`],
    ]);
  }

  async function tarOf(name: string): Promise<string> {
    await writeFile(at(name), "a file\n");
    const path = at(`${kind}/${name}.tar`);
    await clients.tar(["-C", directory, "-cf", path, name]);
    return path;
  }
});
