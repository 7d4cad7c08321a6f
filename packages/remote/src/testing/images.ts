import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Digest, Platform, Store } from "@shale/content";
import { type FakeRegistry, sha256 } from "./fake-registry.ts";

const OCI = "application/vnd.oci.image";
const BLOCK_BYTES = 512;

/** Anything that is put under a digest. */
export interface MadeBlob {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface MadeImage {
  readonly manifest: MadeBlob;
  readonly config: MadeBlob;
  readonly layers: readonly MadeBlob[];
}

/** A tar of one file with so many bytes of noise. */
export function layerTar(sizeBytes: number): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write("file", 0);
  header.write("0000644\0", 100);
  header.write("0000000\0".repeat(2), 108);
  header.write(`${sizeBytes.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        0", 148);
  header.write("ustar\0", 257);
  header.write("00", 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
  return Buffer.concat([header, randomBytes(sizeBytes), padding, Buffer.alloc(2 * BLOCK_BYTES)]);
}

export function makeImage(
  tars: readonly Buffer[],
  options: { readonly plain?: boolean; readonly platform?: Platform } = {},
): MadeImage {
  const type = `${OCI}.layer.v1.tar`;
  const layers = tars.map((tar) =>
    options.plain === true ? blob(type, tar) : blob(`${type}+gzip`, gzipSync(tar)),
  );
  const { os, architecture } = options.platform ?? { os: "linux", architecture: "amd64" };
  const rootfs = { type: "layers", diff_ids: tars.map(sha256) };
  const config = blob(`${OCI}.config.v1+json`, json({ os, architecture, rootfs, config: {} }));
  const mediaType = `${OCI}.manifest.v1+json`;
  const document = {
    schemaVersion: 2,
    mediaType,
    config: named(config),
    layers: layers.map(named),
  };
  return { manifest: blob(mediaType, json(document)), config, layers };
}

export function makeIndex(images: readonly { image: MadeImage; platform: Platform }[]): MadeBlob {
  const mediaType = `${OCI}.index.v1+json`;
  const manifests = images.map(({ image, platform }) => ({ ...named(image.manifest), platform }));
  return blob(mediaType, json({ schemaVersion: 2, mediaType, manifests }));
}

/** As a push would have brought it there. */
export function publish(fake: FakeRegistry, path: string, image: MadeImage, tag?: string): void {
  for (const { bytes } of [image.config, ...image.layers]) fake.put(path, bytes);
  publishDocument(fake, path, image.manifest, tag);
}

export function publishDocument(
  fake: FakeRegistry,
  path: string,
  { digest, mediaType: type, bytes }: MadeBlob,
  tag?: string,
): void {
  fake.manifests.set(`${path} ${digest}`, { type, bytes });
  if (tag !== undefined) fake.manifests.set(`${path} ${tag}`, { type, bytes });
}

/** As a load would have brought it there. */
export async function keep(store: Store, image: MadeImage, name: string): Promise<Digest> {
  const parts = [image.config, ...image.layers];
  for (const { bytes } of parts) await put(store, bytes, []);
  const links = parts.map(({ digest }) => digest);
  const digest = await put(store, image.manifest.bytes, links);
  await store.tag(name, digest);
  return digest;
}

async function put(store: Store, bytes: Buffer, links: readonly Digest[]): Promise<Digest> {
  await using writer = await store.ingest();
  await writer.write(bytes);
  return (await writer.commit({ links })).digest;
}

function blob(mediaType: string, bytes: Buffer): MadeBlob {
  return { digest: sha256(bytes) as Digest, mediaType, bytes };
}

function named({ digest, mediaType, bytes }: MadeBlob) {
  return { mediaType, digest, size: bytes.length };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
