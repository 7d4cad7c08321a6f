import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { succeed } from "../packaging/commands.ts";
import {
  type Clients,
  type DiskUse,
  type Loaded,
  openClients,
  openShale,
  type Shale,
} from "./clients.ts";
import { type Docker, startDocker } from "./docker.ts";
import {
  buildWithBuildah,
  buildWithDocker,
  buildWithUmoci,
  copyAs,
  makeContext,
  SITES,
} from "./images.ts";

let directory: string;
let clients: Clients;
let docker: Docker;
let buildahLayout: string;
let umociLayout: string;
let dockerArchives: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-interop-"));
  clients = await openClients(directory);
  docker = await startDocker(join(directory, "docker"));
  const context = await makeContext(directory);
  buildahLayout = await buildWithBuildah(clients, context);
  umociLayout = await buildWithUmoci(clients, context);
  dockerArchives = await buildWithDocker(docker, context);
});

afterAll(async () => {
  await docker?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

let stores = 0;

function newStore(): Shale {
  return openShale(join(directory, `store-${stores++}`));
}

/** How to get at both images in one form, and how skopeo names them. */
interface Form {
  readonly title: string;
  readonly skopeo: "docker-archive" | "oci" | "oci-archive";
  /** Older daemons than 23 do not know zstd. */
  readonly zstd?: true;
  paths(): Promise<readonly string[]>;
}

const copied =
  (form: Form["skopeo"], flags: readonly string[] = []) =>
  () =>
    copyAs(clients, { layout: buildahLayout, form, flags });

const FORMS: readonly Form[] = [
  { title: "docker save", skopeo: "docker-archive", paths: async () => dockerArchives },
  { title: "skopeo's docker-archive", skopeo: "docker-archive", paths: copied("docker-archive") },
  { title: "skopeo's OCI layout, gzip", skopeo: "oci", paths: copied("oci") },
  {
    title: "skopeo's OCI layout, zstd",
    skopeo: "oci",
    zstd: true,
    paths: copied("oci", ["--dest-compress-format=zstd", "--dest-compress"]),
  },
  { title: "skopeo's OCI archive", skopeo: "oci-archive", paths: copied("oci-archive") },
];

interface Config {
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

/** What a client says of an image, wherever it is. */
async function describeImage(source: string) {
  const config = await clients.skopeo("inspect", "--config", "--raw", source);
  const manifest = await clients.skopeo("inspect", "--raw", source);
  return {
    imageId: sha256(config),
    diffIds: (JSON.parse(config) as Config).rootfs.diff_ids,
    manifestDigest: sha256(manifest),
    layers: (JSON.parse(manifest) as { layers: { digest: string }[] }).layers,
  };
}

function sha256(bytes: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

describe.each(FORMS)("$title", ({ skopeo: transport, zstd, paths }) => {
  let shale: Shale;
  let loaded: Loaded["images"][number][];
  let said: Awaited<ReturnType<typeof describeImage>>[];

  beforeAll(async () => {
    shale = newStore();
    loaded = [];
    said = [];
    for (const path of await paths()) {
      loaded.push(...(await shale.json<Loaded>("load", path)).images);
      said.push(await describeImage(`${transport}:${path}`));
    }
  });

  test("loads under the client's digests", () => {
    expect(loaded.map(({ imageId }) => imageId)).toEqual(said.map(({ imageId }) => imageId));
    for (const [at, { layers, digest }] of loaded.entries()) {
      expect(layers.map(({ diffId }) => diffId)).toEqual(said[at]!.diffIds);
      if (transport === "docker-archive") continue;
      expect(digest).toBe(said[at]!.manifestDigest);
      expect(layers.map((layer) => layer.digest)).toEqual(
        said[at]!.layers.map((layer) => layer.digest),
      );
    }
  });

  test("takes layers that another image brought as known", async () => {
    const [first, second] = loaded;
    expect(first!.layers.map(({ status }) => status)).toEqual(["stored", "stored", "stored"]);
    expect(second!.layers.map(({ status }) => status)).toEqual(["exists", "exists", "stored"]);
    const { images, layers } = await shale.json<DiskUse>("df");
    expect({ images, layers }).toEqual({ images: 2, layers: { referenced: 6, unique: 4 } });
  });

  test("gives every blob back under its digest", async () => {
    for (const { digest, imageId, layers } of loaded) {
      for (const blob of [digest, imageId, ...layers.map((layer) => layer.digest)]) {
        expect(sha256(await shale.bytes("cat", blob))).toBe(blob);
      }
    }
    await shale.run("verify");
  });

  test.each(["docker", "oci"])(
    "is saved as %s, and clients read the same images",
    async (format) => {
      for (const [at, { reference, imageId }] of loaded.entries()) {
        const saved = join(directory, `saved-${stores}-${transport}-${format}-${at}.tar`);
        await shale.run("save", "--format", format, "-o", saved, reference ?? imageId);
        const readers =
          format === "docker" ? ["docker-archive"] : ["oci-archive", "docker-archive"];
        for (const reader of readers) {
          // A copy makes the client read and check every blob.
          const copy = `${saved}.${reader}`;
          await clients.skopeo("copy", `${reader}:${saved}`, `dir:${copy}`);
          const again = await describeImage(`${reader}:${saved}`);
          expect(again.diffIds).toEqual(said[at]!.diffIds);
          expect(again.imageId).toBe(imageId);
          if (reader === "oci-archive") expect(again.manifestDigest).toBe(loaded[at]!.digest);
          await rm(copy, { recursive: true });
        }
        if (zstd && format === "oci") continue;
        const output = await docker.run("load", "-i", saved);
        expect(output).toMatch(/^Loaded image/);
        expect(await docker.run("image", "inspect", "--format={{.Id}}", imageId)).toBe(
          `${imageId}\n`,
        );
        await docker.run("rmi", "-f", imageId);
        await rm(saved);
      }
    },
  );
});

describe("umoci's OCI layout", () => {
  test("loads with all of its images, and every file of it comes back", async () => {
    const shale = newStore();
    const { images } = await shale.json<Loaded>("load", umociLayout);
    expect(images).toHaveLength(SITES.length);
    expect(images[1]!.layers.map(({ status }) => status)).toEqual(["exists", "exists", "stored"]);
    const named = new Set(
      images.flatMap((image) => [
        image.digest,
        image.imageId,
        ...image.layers.map(({ digest }) => digest),
      ]),
    );
    const blobs = join(umociLayout, "blobs", "sha256");
    const files = (await readdir(blobs)).filter((hex) => named.has(`sha256:${hex}`));
    expect(files).toHaveLength(named.size);
    for (const hex of files) {
      const bytes = await shale.bytes("cat", `sha256:${hex}`);
      expect(bytes.equals(await readFile(join(blobs, hex)))).toBe(true);
    }
  });
});

describe("between forms", () => {
  test("images of one build are one image, whichever way they came", async () => {
    const shale = newStore();
    const [archive] = await copyAs(clients, {
      layout: buildahLayout,
      form: "docker-archive",
      flags: ["--quiet"],
    });
    const layout = buildahLayout;
    const [fromArchive] = (await shale.json<Loaded>("load", archive!)).images;
    const fromLayout = (await shale.json<Loaded>("load", layout)).images;
    const same = fromLayout.find(({ imageId }) => imageId === fromArchive!.imageId);
    expect(same!.layers.map(({ diffId }) => diffId)).toEqual(
      fromArchive!.layers.map(({ diffId }) => diffId),
    );
  });
});

test.each(["cat", "gzip -c", "zstd -qc"])(
  "an archive comes through a pipe: %s",
  async (command) => {
    const shale = newStore();
    const quoted = shale.command("--json", "load", "-").map((word) => `'${word}'`);
    const script = `set -o pipefail; ${command} '${dockerArchives[0]}' | ${quoted.join(" ")}`;
    const { stdout } = await succeed(["bash", "-c", script]);
    const [piped] = (JSON.parse(stdout) as Loaded).images;
    const [again] = (await shale.json<Loaded>("load", dockerArchives[0]!)).images;
    expect(again).toMatchObject({ digest: piped!.digest, reference: piped!.reference });
    expect(again!.layers.map(({ status }) => status)).toEqual(["exists", "exists", "exists"]);
  },
);
