import type { Platform, Store } from "@shale/content";
import type { Progress } from "../archive/open.ts";
import { hostPlatform } from "../image.ts";
import type { SaveContext } from "./context.ts";
import { dockerFiles } from "./docker-form.ts";
import { ociFiles } from "./oci-form.ts";
import { selectImages } from "./selection.ts";
import { writeTar } from "./tar-writer.ts";

export interface SaveOptions {
  /**
   * `oci`, the default, keeps every blob and manifest as it is, and can be read as a docker
   * archive, too. `docker` is the classic form, with uncompressed layers and one platform.
   */
  readonly format?: "oci" | "docker";
  /**
   * Which of an image's platforms stands for it where there can be one only; this machine's by
   * default.
   */
  readonly platform?: Platform;
  readonly signal?: AbortSignal;
  /** Counts the bytes of the files in the archive. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * The named images as one tar. The same images under the same names give the same bytes. Nothing of
 * them is collected meanwhile, and what is wrong with a blob fails the stream.
 * @throws ImageError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS`, `FORMAT_UNSUPPORTED`, `LAYER_MISMATCH`
 * @throws ContentError `CORRUPT`
 */
export async function* saveImages(
  store: Store,
  refs: readonly string[],
  options: SaveOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { format = "oci", platform = hostPlatform(), signal, onProgress } = options;
  signal?.throwIfAborted();
  await using lease = await store.lease();
  const selected = await selectImages(store, refs);
  for (const { digest } of selected) await lease.protect(digest);
  const context: SaveContext = { platform, ...(signal !== undefined && { signal }) };
  const toFiles = format === "oci" ? ociFiles : dockerFiles;
  const files = await toFiles(store, selected, context);
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  let doneBytes = 0;
  yield* writeTar(files, {
    ...(signal !== undefined && { signal }),
    onWritten: (bytes) => {
      doneBytes += bytes;
      onProgress?.({ doneBytes, totalBytes });
    },
  });
}
