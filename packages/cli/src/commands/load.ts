import { digestHex } from "@shale/content";
import { type LoadedImage, type LoadedLayer, loadImages } from "@shale/image";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { openStore } from "../open-store.ts";
import { humanBytes } from "../output/bytes.ts";
import { print } from "../output/print.ts";
import { startProgress } from "../output/progress.ts";

interface LoadOptions {
  readonly name?: string | undefined;
}

export async function load(
  context: Context,
  options: LoadOptions & { path: string },
): Promise<void> {
  const { path, name } = options;
  const { signal, io } = context;
  if (path === "-" && io.stdin.isTTY) {
    throw new CliError(
      "USAGE",
      "load from stdin: it is a terminal; pipe an archive in, or name one",
    );
  }
  await using store = await openStore(context, { create: true });
  using progress = startProgress(context, "load");
  const images = await loadImages(store, path === "-" ? { stream: io.stdin } : { path }, {
    ...(name !== undefined && { name }),
    signal,
    onProgress: ({ doneBytes, totalBytes }) => progress.update(doneBytes, totalBytes),
    onLayer: (layer) => progress.note(layerLine(layer)),
  });
  progress.finish();
  await print(context, {
    json: { images: images.map(imageJson) },
    text: images.map(imageLine).join(""),
  });
}

function layerLine({ digest, sizeBytes, status, newBytes }: LoadedLayer): string {
  const outcome = status === "exists" ? "exists" : `stored, ${humanBytes(newBytes)} new`;
  return `${digestHex(digest).slice(0, 12)}: ${humanBytes(sizeBytes)}, ${outcome}`;
}

function imageLine({ reference, imageId }: LoadedImage): string {
  return reference === undefined ? `Loaded image ID: ${imageId}\n` : `Loaded image: ${reference}\n`;
}

function imageJson({ reference, digest, imageId, layers }: LoadedImage): unknown {
  return {
    reference: reference ?? null,
    digest,
    imageId,
    layers: layers.map((layer) => ({
      digest: layer.digest,
      diffId: layer.diffId,
      sizeBytes: layer.sizeBytes,
      newBytes: layer.newBytes,
      status: layer.status,
    })),
  };
}
