import type { BlobForm } from "../index/rows.ts";
import { compress } from "../workers/compress.ts";
import { decompress } from "../workers/decompress.ts";
import { decodeSums, encodeSums } from "./blob-record.ts";

/** What a settled gzip blob is made of. */
export interface GzipBody {
  /** Encoded by @shale/deflate: makes the blob of its content. */
  readonly gzipRecipe: Uint8Array;
  /** Of the blob. */
  readonly rangeSums: Uint32Array;
  /** Makes the content of chunks; a recipe body as that of a tar. */
  readonly content: Uint8Array;
}

const FIXED_BYTES = 12;

export async function encodeGzipBody(body: GzipBody): Promise<Buffer> {
  const { gzipRecipe, rangeSums, content } = body;
  const stored = await compress(gzipRecipe);
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.writeUInt32LE(stored.length, 0);
  fixed.writeUInt32LE(gzipRecipe.length, 4);
  fixed.writeUInt32LE(rangeSums.length, 8);
  return Buffer.concat([fixed, encodeSums(rangeSums), stored, content]);
}

/** @throws RangeError when the body contradicts itself; its checksum was right, so a program wrote it so */
export async function decodeGzipBody(
  body: Uint8Array,
): Promise<Pick<GzipBody, "gzipRecipe" | "content">> {
  const { view, recipeAt, contentAt } = layoutOf(body);
  // Parts of it go to threads: of memory that is not shared, all of it would go with each of them.
  const gzipRecipe = new Uint8Array(new SharedArrayBuffer(view.readUInt32LE(4)));
  gzipRecipe.set(await decompress(view.subarray(recipeAt, contentAt), gzipRecipe.length));
  return { gzipRecipe, content: view.subarray(contentAt) };
}

/** The blob's sums alone, for whoever may not need the rest. @throws RangeError as `decodeGzipBody` */
export function gzipRangeSums(body: Uint8Array): Uint32Array {
  const { view, sumsAt, recipeAt } = layoutOf(body);
  return decodeSums(view.subarray(sumsAt, recipeAt));
}

/** The recipe body that says which chunks a settled blob is made of. */
export function contentBodyOf(form: BlobForm, body: Uint8Array): Uint8Array {
  if (form !== "gzip") return body;
  const { view, contentAt } = layoutOf(body);
  return view.subarray(contentAt);
}

function layoutOf(body: Uint8Array): {
  readonly view: Buffer;
  readonly sumsAt: number;
  readonly recipeAt: number;
  readonly contentAt: number;
} {
  const view = Buffer.from(body.buffer, body.byteOffset, body.length);
  const recipeAt = FIXED_BYTES + view.readUInt32LE(8) * 4;
  const contentAt = recipeAt + view.readUInt32LE(0);
  if (contentAt > view.length) {
    throw new RangeError(`gzip blob: ${view.length} bytes, its parts are ${contentAt}`);
  }
  return { view, sumsAt: FIXED_BYTES, recipeAt, contentAt };
}
