import { type BlobSource, type Digest, digestAlgorithm, digestFromBytes } from "@shale/content";
import { createDigester } from "@shale/hash";
import { sourceBytes } from "./staged.ts";

/** Reads a source through once. */
export async function digestSource(
  source: BlobSource,
  options: {
    readonly like: Digest | undefined;
    readonly signal?: AbortSignal;
    readonly onBytes?: (bytes: Uint8Array) => void;
  },
): Promise<{ digest: Digest; sizeBytes: number }> {
  const algorithm = options.like ? digestAlgorithm(options.like) : "sha256";
  const digester = createDigester(algorithm);
  let sizeBytes = 0;
  for await (const bytes of sourceBytes(source, {
    offsetBytes: 0,
    lengthBytes: source.sizeBytes,
  })) {
    options.signal?.throwIfAborted();
    digester.update(bytes);
    options.onBytes?.(bytes);
    sizeBytes += bytes.length;
  }
  return { digest: digestFromBytes(algorithm, digester.digest()), sizeBytes };
}
