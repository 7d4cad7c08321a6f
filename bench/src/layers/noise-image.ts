import { createHash, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { WorkDir } from "../work-dir.ts";

/** A layer that no encoder makes smaller. */
export interface NoiseLayer {
  readonly gzip: Buffer;
  readonly diffId: string;
}

/** Tars of one file of noise, which gzip leaves as it is: a store keeps such blobs whole, as they came. */
export function noiseLayers(count: number, sizeBytes: number): NoiseLayer[] {
  return Array.from({ length: count }, () => {
    const tar = tarOf(randomBytes(Math.floor(sizeBytes / 512) * 512));
    return { gzip: gzipSync(tar, { level: 0 }), diffId: sha256(tar) };
  });
}

function tarOf(content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write("noise", 0);
  header.write("0000644\0".padEnd(24, "0"), 100);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0        0", 136);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc(1024)]);
}

/** An OCI layout of one image, `latest`. */
export async function writeLayout(work: WorkDir, layers: readonly NoiseLayer[]): Promise<string> {
  const path = work.fresh("layout");
  const blobs = join(path, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, bytes: Buffer) => {
    const digest = sha256(bytes);
    await writeFile(join(blobs, digest.slice(7)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const type = "application/vnd.oci.image";
  const descriptors = [];
  for (const { gzip } of layers) descriptors.push(await put(`${type}.layer.v1.tar+gzip`, gzip));
  const rootfs = { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) };
  const config = await put(
    `${type}.config.v1+json`,
    json({ os: "linux", architecture: "amd64", rootfs }),
  );
  const mediaType = `${type}.manifest.v1+json`;
  const manifest = await put(
    mediaType,
    json({ schemaVersion: 2, mediaType, config, layers: descriptors }),
  );
  const annotations = { "org.opencontainers.image.ref.name": "latest" };
  await writeFile(join(path, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(
    join(path, "index.json"),
    json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  return path;
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
