import { noise, tarOf } from "../../../packages/content/src/conformance/samples.ts";
import type { BlobSource } from "../../../packages/content/src/index.ts";

const PATTERN_BYTES = 8 * 1024 * 1024;
const HEADER_BYTES = 512;
const TRAILER_BYTES = 1024;

/** A layer of one large file, made while it is read: the same few MiB again and again. */
export function generatedLayer(sizeBytes: number): BlobSource {
  const pattern = noise(PATTERN_BYTES, 1);
  const fileBytes = sizeBytes - HEADER_BYTES - TRAILER_BYTES;
  if (fileBytes % HEADER_BYTES !== 0) throw new RangeError(`no tar is ${sizeBytes} bytes long`);
  const header = headerOf(fileBytes);
  return {
    sizeBytes,
    read: async (target, position) => {
      const count = Math.min(target.length, sizeBytes - position);
      for (let done = 0; done < count; ) {
        const at = position + done;
        const piece = pieceAt(at, { header, pattern, fileBytes });
        const taken = piece.subarray(0, count - done);
        target.set(taken, done);
        done += taken.length;
      }
      return count;
    },
  };
}

function pieceAt(
  at: number,
  layer: { header: Uint8Array; pattern: Uint8Array; fileBytes: number },
): Uint8Array {
  if (at < HEADER_BYTES) return layer.header.subarray(at);
  const inFile = at - HEADER_BYTES;
  if (inFile >= layer.fileBytes) return new Uint8Array(TRAILER_BYTES);
  return layer.pattern.subarray(inFile % PATTERN_BYTES).subarray(0, layer.fileBytes - inFile);
}

/** The header that a file of this size has, with a checksum that fits. */
function headerOf(fileBytes: number): Uint8Array {
  const header = Buffer.from(tarOf({ large: new Uint8Array(0) }).subarray(0, HEADER_BYTES));
  header.write(`${fileBytes.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        ", 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
