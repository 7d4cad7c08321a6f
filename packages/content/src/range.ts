import type { ByteRange } from "./blob.ts";
import { ContentError } from "./errors.ts";

/**
 * Where a range starts and ends in a blob of `sizeBytes`. A range may be empty and may begin at the
 * very end; it may not reach past the end, so that a caller who asks for bytes that are not there
 * learns of it.
 * @throws ContentError `RANGE_INVALID`
 */
export function resolveRange(
  range: ByteRange | undefined,
  sizeBytes: number,
): { readonly startBytes: number; readonly endBytes: number } {
  const startBytes = range?.offsetBytes ?? 0;
  const endBytes = range?.lengthBytes === undefined ? sizeBytes : startBytes + range.lengthBytes;
  const whole = Number.isSafeInteger(startBytes) && Number.isSafeInteger(endBytes);
  if (!whole || startBytes < 0 || endBytes < startBytes || endBytes > sizeBytes) {
    throw new ContentError(
      "RANGE_INVALID",
      `open range [${startBytes}, ${endBytes}): the blob has ${sizeBytes} bytes`,
    );
  }
  return { startBytes, endBytes };
}
