import { gearWords, type Mask, masksFor } from "./gear.ts";
import { type ChunkSizes, checkChunkSizes } from "./sizes.ts";

/**
 * The length of the chunk that `bytes` begins with. The same as `Arena.cut` gives, at a fraction of
 * its speed: it is what the WebAssembly is tested against.
 *
 * The fingerprint starts as 0 at `minBytes`, before which there is no cut. Up to `averageBytes` the
 * strict mask decides, from there on the loose one; at `maxBytes` there is a cut in any case.
 *
 * `bytes` are the rest of the file, or at least `maxBytes` of it; not empty.
 */
export function cutPoint(bytes: Uint8Array, sizes: ChunkSizes): number {
  checkChunkSizes(sizes);
  if (bytes.length === 0) throw new RangeError("cut: there are no bytes to cut");
  const { minBytes, averageBytes, maxBytes } = sizes;
  if (bytes.length <= minBytes) return bytes.length;

  const limit = Math.min(bytes.length, maxBytes);
  const normal = Math.min(limit, averageBytes);
  const { strict, loose } = masksFor(sizes);
  const roll: Fingerprint = { high: 0, low: 0 };
  return (
    scan(bytes.subarray(0, normal), { from: minBytes, mask: strict, roll }) ||
    scan(bytes.subarray(0, limit), { from: normal, mask: loose, roll }) ||
    limit
  );
}

interface Fingerprint {
  high: number;
  low: number;
}

interface Scan {
  readonly from: number;
  readonly mask: Mask;
  /** Carried from one scan to the next. */
  readonly roll: Fingerprint;
}

/** The end of the first window whose fingerprint has no bit of `mask`, or 0. */
function scan(bytes: Uint8Array, { from, mask, roll }: Scan): number {
  const gears = gearWords();
  let { high, low } = roll;
  for (let at = from; at < bytes.length; at++) {
    const gear = bytes[at]! * 2;
    const sum = low * 2 + gears[gear]!;
    const carry = Math.floor(sum / 0x1_0000_0000);
    low = sum >>> 0;
    high = (high * 2 + gears[gear + 1]! + carry) >>> 0;
    if ((high & mask.high) === 0 && (low & mask.low) === 0) return at + 1;
  }
  roll.high = high;
  roll.low = low;
  return 0;
}
