import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clients, openClients, openShale, type Shale } from "./clients.ts";
import { type Docker, startDocker } from "./docker.ts";

const DOCKERFILE = `FROM scratch AS base
COPY passwd group /etc/
COPY lib/ /usr/lib/
FROM base
ENV A=1 B="two words"
LABEL x.y="z"
COPY --chown=web:staff --chmod=750 bin/* /usr/bin/
WORKDIR /srv/app
COPY app .
COPY --from=base /usr/lib/deep /copied/
ADD more.tar /more/
EXPOSE 80 53/udp
VOLUME /data
USER web
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/run"]
CMD ["--all"]
`;

let directory: string;
let context: string;
let clients: Clients;
let docker: Docker;
let shale: Shale;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-build-"));
  context = join(directory, "context");
  const files: Record<string, string> = {
    Dockerfile: DOCKERFILE,
    ".dockerignore": "**/*.log\n!app/keep.log\n",
    passwd: "root:x:0:0::/:/sh\nweb:x:33:44::/:/sh\n",
    group: "root:x:0:\nstaff:x:50:\n",
    "lib/one": "1",
    "lib/deep/two": "2",
    "bin/run": "#!/bin/sh\n",
    "bin/other": "o",
    "app/index": "i",
    "app/no.log": "",
    "app/keep.log": "k",
    "app/a/very/long/path/that/does/not/fit/into/the/name/of/a/tar/header/of/old/but/must/come/through/all/the/same/file":
      "l",
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(context, path, ".."), { recursive: true });
    await writeFile(join(context, path), content);
  }
  await symlink("../lib/one", join(context, "app/link"));
  clients = await openClients(directory);
  await clients.tar([
    "-C",
    context,
    "--owner=7",
    "--group=8",
    "-cf",
    join(context, "more.tar"),
    "lib",
  ]);
  docker = await startDocker(join(directory, "docker"));
  shale = openShale(join(directory, "store"));
  await shale.run("build", "-t", "built:1", context);
});

afterAll(async () => {
  await docker?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Each path with its type, mode, owner and content. */
async function tree(root: string, path = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await readdir(join(root, path))) {
    const own = join(path, name);
    const stats = await lstat(join(root, own));
    const who = `${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid}`;
    if (stats.isSymbolicLink()) found[own] = `-> ${await readlink(join(root, own))}`;
    else if (stats.isDirectory()) Object.assign(found, { [own]: who }, await tree(root, own));
    else found[own] = `${who} ${await readFile(join(root, own), "utf8")}`;
  }
  return found;
}

async function unpacked(image: string, name: string): Promise<Record<string, string>> {
  const bundle = join(directory, `bundle-${name}`);
  await clients.umoci("unpack", "--image", image, bundle);
  return await tree(join(bundle, "rootfs"));
}

test("what is built has the files and the config that buildah builds", async () => {
  const archive = join(directory, "built.tar");
  await shale.run("save", "built:1", "-o", archive);
  await clients.skopeo("copy", `oci-archive:${archive}`, `oci:${directory}/ours:1`);
  await clients.buildah("bud", "--isolation=chroot", "-t", "localhost/theirs:1", context);
  await clients.buildah("push", "localhost/theirs:1", `oci:${directory}/theirs:1`);
  const ours = await unpacked(`${directory}/ours:1`, "ours");
  const theirs = await unpacked(`${directory}/theirs:1`, "theirs");
  expect(Object.keys(ours).length).toBeGreaterThan(25);
  // A volume's mount point is made when a container starts; buildah makes it before.
  delete theirs.data;
  expect(ours).toEqual(theirs);
  const config = async (name: string) => {
    const text = await clients.skopeo("inspect", "--config", `oci:${directory}/${name}:1`);
    const { Labels, ...rest } = JSON.parse(text).config;
    return { ...rest, Labels: { "x.y": Labels["x.y"] } };
  };
  expect(await config("ours")).toEqual(await config("theirs"));
});

test("docker loads it under its id", async () => {
  const archive = join(directory, "docker.tar");
  await shale.run("save", "built:1", "--format", "docker", "-o", archive);
  await docker.run("load", "-i", archive);
  const id = (await docker.run("image", "inspect", "--format", "{{.Id}}", "built:1")).trim();
  expect((await shale.run("images", "-q", "--no-trunc", "built:1")).trim()).toBe(id);
  const { Config } = JSON.parse(
    await docker.run("image", "inspect", "--format", "{{json .}}", "built:1"),
  );
  const [own] = await shale.json<{ Config: Record<string, unknown> }[]>("inspect", "built:1");
  for (const key of [
    "Env",
    "Entrypoint",
    "Cmd",
    "User",
    "WorkingDir",
    "ExposedPorts",
    "Volumes",
    "Labels",
  ]) {
    expect(Config[key], key).toEqual(own!.Config[key]);
  }
});

test("built again, from a copy of the files, it is the same image", async () => {
  const copy = join(directory, "copy");
  await clients.tar(["-C", directory, "-cf", join(directory, "c.tar"), "context"]);
  await mkdir(copy);
  await clients.tar(["-C", copy, "-m", "-xf", join(directory, "c.tar")]);
  const other = openShale(join(directory, "other-store"));
  const again = await other.json<{ digest: string }>("build", join(copy, "context"));
  const [first] = await shale.json<{ digest: string }[]>("images", "built:1");
  expect(again.digest).toBe(first!.digest);
});
