import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { succeed } from "../../packaging/commands.ts";
import type { Clients } from "../clients.ts";
import type { Docker } from "../docker.ts";
import { makeLayout } from "./layout.ts";
import type { Registry } from "./registry.ts";

/** What makers work with. */
export interface Workshop {
  readonly clients: Clients;
  readonly docker: Docker;
  readonly registry: Registry;
  /** A layer's plain tar. */
  readonly tar: string;
  /** What is in the tar, as a directory. */
  readonly tree: string;
  /** An OCI layout of an image whose only layer is the tar as it is. */
  readonly plain: string;
}

/** A tool that people have layers compressed by. */
export interface Maker {
  readonly title: string;
  /** The first ten bytes of its layers, in hex. */
  readonly header: RegExp;
  /** The models that its layers are made again by; null when none gives its bytes. */
  readonly model: RegExp | null;
  /** How many times slower than Go's default its model is: it gets a smaller tar. */
  readonly slow?: true;
  /** Packs the tar, or the tree, into the only layer of a new OCI layout at a path that is free. */
  make(workshop: Workshop, layout: string): Promise<unknown>;
}

const GO = /^1f8b08000000000000ff$/;
const GO_FAST = /^1f8b08000000000004ff$/;
/** The date is what is left of Go's zero time. */
const PGZIP = /^1f8b080000096e8800ff$/;

const HERE = import.meta.dirname;
const CRANE = "github.com/google/go-containerregistry/cmd/crane@v0.20.3";
const PYTHON = `
import gzip, shutil, sys
with open(sys.argv[1], "rb") as tar, gzip.open(sys.argv[2], "wb") as layer:
    shutil.copyfileobj(tar, layer)
`;

export const MAKERS: readonly Maker[] = [
  { title: "docker push", header: GO, model: /^go\/6$/, make: pushWithDocker },
  { title: "crane append", header: GO_FAST, model: /^go\/1$/, make: appendWithCrane },
  { title: "buildah push", header: PGZIP, model: /^pgzip\/5\/.\/1048576$/, make: pushWithBuildah },
  { title: "skopeo copy", header: PGZIP, model: /^pgzip\/5\/.\/1048576$/, make: copyWithSkopeo() },
  {
    title: "skopeo copy --dest-compress-level=6",
    header: PGZIP,
    model: /^pgzip\/6\/.\/1048576$/,
    make: copyWithSkopeo("--dest-compress-level=6"),
  },
  { title: "umoci insert", header: PGZIP, model: /^pgzip\/5\/.\/262144$/, make: insertWithUmoci },
  {
    title: "tar | gzip -1",
    header: /^1f8b0800000000000403$/,
    model: /^gnu\/1$/,
    make: compress((tar, layer) => shell('cat "$1" | gzip -1 > "$2"', tar, layer)),
  },
  {
    title: "gzip tar",
    header: /^1f8b0808.{8}0003$/,
    model: /^gnu\/6$/,
    make: compress((tar, layer) => shell('gzip -c "$1" > "$2"', tar, layer)),
  },
  {
    title: "gzip -9 -n tar",
    header: /^1f8b0800000000000203$/,
    model: /^gnu\/9$/,
    slow: true,
    make: compress((tar, layer) => shell('gzip -9 -n -c "$1" > "$2"', tar, layer)),
  },
  {
    title: "tar | pigz",
    header: /^1f8b0800.{8}0003$/,
    model: /^pigz\/6$/,
    make: compress((tar, layer) => shell('cat "$1" | pigz > "$2"', tar, layer)),
  },
  {
    title: "Python's gzip",
    header: /^1f8b0808.{8}02ff$/,
    model: /^zlib\/9$/,
    slow: true,
    make: compress((tar, layer) => succeed(["python3", "-c", PYTHON, tar, layer])),
  },
  {
    title: "Java's GZIPOutputStream",
    // JDK 16 and later write 255 for the system.
    header: /^1f8b08000000000000(00|ff)$/,
    model: /^zlib\/6$/,
    make: compress((tar, layer) => {
      return succeed(["java", join(HERE, "GzipFile.java"), tar, layer]);
    }),
  },
  {
    title: "estargz",
    header: /^1f8b08000000000002ff$/,
    model: /^go\/9\/flushed\b/,
    slow: true,
    make: compress((tar, layer) =>
      succeed(["go", "run", ".", tar, layer], { cwd: join(HERE, "estargz") }),
    ),
  },
  {
    // Its zlib is Chromium's.
    title: "Node's gzip",
    header: /^1f8b08000000000000(03|13)$/,
    model: null,
    slow: true,
    make: compress((tar, layer) =>
      pipeline(createReadStream(tar), createGzip(), createWriteStream(layer)),
    ),
  },
];

async function pushWithDocker(
  { docker, registry, clients, tar }: Workshop,
  layout: string,
): Promise<void> {
  const name = `${registry.name}/layer:docker`;
  await docker.run("import", tar, name);
  await docker.run("push", name);
  await pull(clients, name, layout);
}

async function appendWithCrane(
  { registry, clients, tar }: Workshop,
  layout: string,
): Promise<void> {
  const name = `${registry.name}/layer:crane`;
  const target = ["--insecure", "--new_tag", name];
  await succeed(["go", "run", CRANE, "append", "--oci-empty-base", "--new_layer", tar, ...target]);
  await pull(clients, name, layout);
}

/** Blobs are copied as they were pushed. */
async function pull({ skopeo }: Clients, name: string, layout: string): Promise<void> {
  await skopeo("copy", "--src-tls-verify=false", `docker://${name}`, `oci:${layout}:latest`);
}

async function pushWithBuildah({ clients, tree }: Workshop, layout: string): Promise<void> {
  const name = "localhost/layer:buildah";
  const file = `${layout}.Dockerfile`;
  await writeFile(file, "FROM scratch\nCOPY . /\n");
  await clients.buildah("bud", "--isolation=chroot", "-t", name, "-f", file, tree);
  await clients.buildah("push", name, `oci:${layout}:latest`);
}

function copyWithSkopeo(...flags: string[]): Maker["make"] {
  return async ({ clients, plain }, layout) =>
    await clients.skopeo("copy", ...flags, `oci:${plain}:latest`, `oci:${layout}:latest`);
}

async function insertWithUmoci({ clients, tree }: Workshop, layout: string): Promise<void> {
  await clients.umoci("init", "--layout", layout);
  await clients.umoci("new", "--image", `${layout}:latest`);
  await clients.umoci("insert", "--image", `${layout}:latest`, tree, "/");
}

/** For tools that know files alone: the blob gets an image around it. */
function compress(run: (tar: string, layer: string) => Promise<unknown>): Maker["make"] {
  return async ({ tar }, layout) => {
    await mkdir(layout);
    const layer = join(layout, "layer.tar.gz");
    await run(tar, layer);
    await makeLayout(layout, { layer, compressed: true });
  };
}

async function shell(script: string, ...args: string[]): Promise<void> {
  await succeed(["bash", "-c", script, "bash", ...args]);
}
