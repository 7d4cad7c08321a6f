import type { Transform } from "node:stream";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";

/*
 * zstd for what is small or rare: recipes, literals, blobs kept inside of packs. Runs in libuv's thread pool. Streams are
 * kept and used again, since each makes tables of some megabytes.
 */

/** Level 3 stores 375 MB where 1 stores 415 and 6, at a third of the speed, 352 (measured). */
export const LEVEL = 3;
/** Windows as large as blocks. */
export const WINDOW_LOG = 20;
const COMPRESSED_PIECE_BYTES = 128 * 1024;
const RAW_PIECE_BYTES = 256 * 1024;
/** Streams that wait for work; what is more is let go. */
const IDLE_STREAMS = 8;

type ZstdStream = ReturnType<typeof createZstdCompress>;

const idleCompressors: ZstdStream[] = [];
const idleDecompressors: Transform[] = [];

/** Bytes as one zstd frame. */
export async function compress(bytes: Uint8Array): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const onPiece = (piece: Buffer): void => void pieces.push(piece);
  await withStream(idleCompressors, { make: makeCompressor, onPiece }, (stream, done) => {
    stream.write(bytes);
    // Ends the frame; the next write begins another one.
    stream.flush(constants.ZSTD_e_end, done);
  });
  return Buffer.concat(pieces);
}

/** Decompresses one frame that is known to fill `target`; anything else is an error. */
export async function decompressInto(bytes: Uint8Array, target: Uint8Array): Promise<void> {
  let filled = 0;
  const onPiece = (piece: Buffer): void => {
    if (filled + piece.length <= target.length) target.set(piece, filled);
    filled += piece.length;
  };
  await withStream(idleDecompressors, { make: makeDecompressor, onPiece }, (stream, done) => {
    stream.write(bytes, (error) => {
      const whole = filled === target.length;
      done(error ?? (whole ? null : sizeError(filled, target.length)));
    });
  });
}

export async function decompress(bytes: Uint8Array, rawBytes: number): Promise<Buffer> {
  const raw = Buffer.allocUnsafe(rawBytes);
  await decompressInto(bytes, raw);
  return raw;
}

function sizeError(actualBytes: number, rawBytes: number): RangeError {
  return new RangeError(`decompress: ${actualBytes} bytes came out, ${rawBytes} were announced`);
}

function makeCompressor(): ZstdStream {
  return createZstdCompress({
    chunkSize: COMPRESSED_PIECE_BYTES,
    params: {
      [constants.ZSTD_c_compressionLevel]: LEVEL,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
    },
  });
}

function makeDecompressor(): Transform {
  return createZstdDecompress({ chunkSize: RAW_PIECE_BYTES });
}

/** Runs one job on a stream that waits for work, or a new one. A stream whose job failed is in an unknown state. */
async function withStream<S extends Transform>(
  idle: S[],
  options: { readonly make: () => S; readonly onPiece: (piece: Buffer) => void },
  job: (stream: S, done: (error?: Error | null) => void) => void,
): Promise<void> {
  const stream = idle.pop() ?? quiet(options.make());
  stream.on("data", options.onPiece);
  try {
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null): void => {
        stream.off("error", reject);
        if (error) reject(error);
        else resolve();
      };
      stream.once("error", reject);
      job(stream, done);
    });
  } catch (error) {
    stream.destroy();
    throw error;
  }
  stream.off("data", options.onPiece);
  if (idle.length < IDLE_STREAMS) idle.push(stream);
  else stream.destroy();
}

/** A stream may fail once more after its job did; that is nobody's concern. */
function quiet<S extends Transform>(stream: S): S {
  return stream.on("error", () => {});
}
