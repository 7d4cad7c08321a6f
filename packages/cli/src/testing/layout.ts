import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A layer as it is transferred, and the tar it is made of. */
export interface LayoutLayer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly tar: Uint8Array;
}

/** Writes an image as an OCI layout, a directory. */
export async function writeLayout(path: string, layers: readonly LayoutLayer[]): Promise<string> {
  await mkdir(join(path, "blobs", "sha256"), { recursive: true });
  const put = async (mediaType: string, bytes: Uint8Array) => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(path, "blobs", "sha256", hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const diffIds = layers.map(({ tar }) => createHash("sha256").update(tar).digest("hex"));
  const config = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: diffIds.map((hex) => `sha256:${hex}`) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: await put("application/vnd.oci.image.config.v1+json", jsonBytes(config)),
    layers: await Promise.all(layers.map(({ mediaType, bytes }) => put(mediaType, bytes))),
  };
  const named = await put(manifest.mediaType, jsonBytes(manifest));
  await writeFile(join(path, "index.json"), jsonBytes({ schemaVersion: 2, manifests: [named] }));
  await writeFile(join(path, "oci-layout"), jsonBytes({ imageLayoutVersion: "1.0.0" }));
  return path;
}

function jsonBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
