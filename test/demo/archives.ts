import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import { addFile, addText, type LayerFile } from "./layer.ts";

export interface DemoLayer {
  readonly createdBy: string;
  readonly tar: LayerFile;
  /** The layer as it is transferred; only an OCI layout has it. */
  readonly gzip?: LayerFile;
}

export interface DemoImage {
  readonly name: string;
  readonly layers: readonly DemoLayer[];
  readonly created: Date;
}

/** An archive on disk, and the digests of what went into it: they must come out again. */
export interface DemoArchive {
  readonly path: string;
  readonly digests: readonly string[];
}

/** Images as `docker save` wrote them before it knew OCI: a folder for each layer, with a plain tar in it. */
export async function writeDockerArchive(
  path: string,
  images: readonly DemoImage[],
): Promise<DemoArchive> {
  const layers = images.flatMap((image) => image.layers.map(({ tar }) => tar));
  const configs = images.map(configOf);
  await writeTar(path, async (tar) => {
    for (const layer of distinct(layers)) await addLayer(tar, `${layer.sha256}/layer.tar`, layer);
    for (const { sha256, text } of distinct(configs)) addText(tar, `${sha256}.json`, text);
    const entries = images.map((image, at) => ({
      Config: `${configs[at]!.sha256}.json`,
      RepoTags: [image.name],
      Layers: image.layers.map((layer) => `${layer.tar.sha256}/layer.tar`),
    }));
    addText(tar, "manifest.json", JSON.stringify(entries));
  });
  return { path, digests: [...configs, ...layers].map(digestOf) };
}

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const TAR_TYPE = "application/vnd.oci.image.layer.v1.tar";
const GZIP_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Several images as one OCI layout in a tar, with the layers that have one in gzip form. */
export async function writeOciLayout(
  path: string,
  images: readonly DemoImage[],
): Promise<DemoArchive> {
  const layers = images.flatMap((image) => image.layers.map(({ tar, gzip }) => gzip ?? tar));
  const configs = images.map(configOf);
  const manifests = images.map((image, at) => manifestOf(image, configs[at]!));
  await writeTar(path, async (tar) => {
    addText(tar, "oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    for (const layer of distinct(layers)) {
      await addLayer(tar, `blobs/sha256/${layer.sha256}`, layer);
    }
    for (const { sha256, text } of distinct([...configs, ...manifests])) {
      addText(tar, `blobs/sha256/${sha256}`, text);
    }
    addText(tar, "index.json", indexOf(images, manifests));
  });
  return { path, digests: [...layers, ...configs, ...manifests].map(digestOf) };
}

interface Document {
  readonly text: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

function documentOf(value: unknown): Document {
  const text = JSON.stringify(value);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { text, sha256, sizeBytes: Buffer.byteLength(text) };
}

function configOf({ layers, created }: DemoImage): Document {
  const time = created.toISOString();
  return documentOf({
    created: time,
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Cmd: ["/usr/local/bin/node"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ tar }) => digestOf(tar)) },
    history: layers.map(({ createdBy }) => ({ created: time, created_by: createdBy })),
  });
}

function manifestOf({ layers }: DemoImage, config: Document): Document {
  return documentOf({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptor(CONFIG_TYPE, config),
    layers: layers.map(({ tar, gzip }) =>
      gzip === undefined ? descriptor(TAR_TYPE, tar) : descriptor(GZIP_TYPE, gzip),
    ),
  });
}

function indexOf(images: readonly DemoImage[], manifests: readonly Document[]): string {
  return JSON.stringify({
    schemaVersion: 2,
    manifests: images.map(({ name }, at) => ({
      ...descriptor(MANIFEST_TYPE, manifests[at]!),
      annotations: { "org.opencontainers.image.ref.name": name },
    })),
  });
}

function descriptor(mediaType: string, blob: { sha256: string; sizeBytes: number }) {
  return { mediaType, digest: digestOf(blob), size: blob.sizeBytes };
}

function digestOf({ sha256 }: { readonly sha256: string }): string {
  return `sha256:${sha256}`;
}

function distinct<Named extends { readonly sha256: string }>(blobs: readonly Named[]): Named[] {
  return [...new Map(blobs.map((blob) => [blob.sha256, blob])).values()];
}

async function addLayer(tar: Pack, name: string, layer: LayerFile): Promise<void> {
  await addFile(tar, { name, size: layer.sizeBytes, mtime: new Date(0) }, layer.path);
}

async function writeTar(path: string, fill: (tar: Pack) => Promise<void>): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createWriteStream(path));
  await fill(tar);
  tar.finalize();
  await written;
}
