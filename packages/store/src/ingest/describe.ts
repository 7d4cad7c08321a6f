import {
  type BlobSource,
  type Compression,
  type Digest,
  digestAlgorithm,
  digestAsDiffId,
  LIMITS,
} from "@shale/content";
import type { BlobHead } from "../packs/blob-record.ts";
import { sourceBytes } from "../staged.ts";
import { InflatePass } from "./inflate.ts";
import type { PartSummary } from "./part-file.ts";
import { GUESS_BYTES, guess } from "./recognise.ts";

/** What a blob's bytes are, as its record says it. */
export type Description = Pick<BlobHead, "encoding" | "diffId" | "uncompressedBytes">;

/** A plain tar is its own uncompressed form. */
export function describeTar(sha256: Digest, sizeBytes: number): Description {
  if (digestAlgorithm(sha256) !== "sha256")
    throw new TypeError(`diffID of ${sha256}: not a sha256`);
  return { encoding: "tar", diffId: digestAsDiffId(sha256), uncompressedBytes: sizeBytes };
}

/** What came, by what was seen as it came. A compressed stream that nobody inflated is unread, unless it is small. */
export async function describeArrival({
  sha256,
  source,
  summary,
}: {
  readonly sha256: Digest;
  readonly source: BlobSource;
  readonly summary: PartSummary;
}): Promise<Description> {
  const { guess, inflated, isRead, sizeBytes } = summary;
  if (inflated) return inflated;
  if (guess === "tar") return describeTar(sha256, sizeBytes);
  if (guess === "opaque" || isRead) return { encoding: "opaque" };
  if (sizeBytes > LIMITS.inlineBlobBytes) return { encoding: "unread" };
  return await lookInside(source, guess);
}

/** What an unread blob is. */
export async function describeUnread(
  source: BlobSource,
  signal?: AbortSignal,
): Promise<Description> {
  const head = new Uint8Array(GUESS_BYTES);
  const headBytes = await source.read(head, 0);
  const found = guess(head.subarray(0, headBytes));
  if (found === "tar" || found === "opaque") return { encoding: "opaque" };
  return await lookInside(source, found, signal);
}

async function lookInside(
  source: BlobSource,
  compression: Compression,
  signal?: AbortSignal,
): Promise<Description> {
  const pass = new InflatePass(compression);
  try {
    const whole = { offsetBytes: 0, lengthBytes: source.sizeBytes };
    for await (const bytes of sourceBytes(source, whole)) {
      signal?.throwIfAborted();
      await pass.write(bytes);
    }
  } finally {
    await pass.finish();
  }
  return (await pass.finish()) ?? { encoding: "opaque" };
}
