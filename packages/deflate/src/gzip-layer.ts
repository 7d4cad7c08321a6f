import { crc32 } from "node:zlib";
import { createEncoder, type Encoder } from "./models/encoder.ts";
import { KLAUSPOST } from "./models/klauspost.ts";

/**
 * What skopeo, podman, buildah and umoci compress layers with: the same tar is the same blob, whoever pushes it. Its recipe is
 * the smallest there is, and its blocks are made again by themselves. Never to be changed: the digests of layers that were
 * pushed depend on it.
 */
export const LAYER_MODEL = "pgzip/5/E/1048576";

/** As pgzip writes it: no name, no time, no word of the level, any system. RFC 1952, 2.3 */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const OUTPUT_BYTES = 256 * 1024;

/** Gzip of a layer's tar. The same bytes always make the same blob, however they are cut. */
export async function* gzipLayer(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const encoder: Encoder = createEncoder(KLAUSPOST, LAYER_MODEL);
  let waiting: Uint8Array[] = [HEADER];
  let waitingBytes = HEADER.length;
  const emit = (bytes: Uint8Array) => {
    waiting.push(bytes.slice());
    waitingBytes += bytes.length;
  };
  let sum = 0;
  let sizeBytes = 0;
  for await (const piece of pieces) {
    sum = crc32(piece, sum);
    sizeBytes += piece.length;
    encoder.write(piece, emit);
    if (waitingBytes < OUTPUT_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
  }
  encoder.finish(emit);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(sum, 0);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  yield Buffer.concat([...waiting, trailer]);
}
