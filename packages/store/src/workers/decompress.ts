import { promisify } from "node:util";
import { createZstdDecompress, zstdDecompress } from "node:zlib";
import { LIMITS } from "@shale/content";

/*
 * zstd frames of a known size, decompressed in libuv's thread pool. With room for all of a frame zstd needs no window of its own,
 * and libuv is asked once.
 */

/** A buffer that is full would be asked for once more. */
const SLACK_BYTES = 64;
/** Room for a block. */
export const ROOM_BYTES: number = LIMITS.blockBytes + SLACK_BYTES;
/** Streams that wait for work; what is more is let go. */
const IDLE_STREAMS = 4;

const inflate = promisify(zstdDecompress);
const idle: RoomStream[] = [];

/** The content of a frame in memory of its own, for what is rare. @throws RangeError when it is not that long */
export async function decompress(frame: Uint8Array, rawBytes: number): Promise<Buffer> {
  const raw = await inflate(frame, {
    chunkSize: rawBytes + SLACK_BYTES,
    maxOutputLength: Math.max(1, rawBytes),
  });
  if (raw.length !== rawBytes) throw sizeError(raw.length, rawBytes);
  return raw;
}

export interface Room {
  /** `ROOM_BYTES` of memory, which nobody else looks at until it is filled. */
  readonly room: Uint8Array;
  readonly rawBytes: number;
}

/**
 * The content of a frame, in a room that is given: a view of it. After every fifteen blocks that are garbage V8 would collect it all,
 * which took a third of a read's processor time (measured).
 * @throws RangeError when it is not that long
 */
export async function decompressInto(frame: Uint8Array, into: Room): Promise<Uint8Array> {
  const stream = idle.pop() ?? new RoomStream();
  // A stream whose job failed is in an unknown state, and not used again.
  const raw = await stream.run(frame, into);
  if (idle.length < IDLE_STREAMS) idle.push(stream);
  else stream.close();
  return raw;
}

/**
 * A stream of node:zlib, one frame after the other. It has no option for where its output goes, and `_outBuffer` is not documented:
 * where a version of Node has another name for it, pieces come in buffers of their own and are copied.
 */
class RoomStream {
  readonly #stream = createZstdDecompress({ chunkSize: ROOM_BYTES });
  #into: Room | undefined;
  #filled = 0;
  #fail: (error: Error) => void = () => {};

  constructor() {
    this.#stream.on("data", (piece: Buffer) => this.#take(piece));
    this.#stream.on("error", (error) => this.#fail(error));
  }

  async run(frame: Uint8Array, into: Room): Promise<Uint8Array> {
    const { room, rawBytes } = into;
    if (room.length !== ROOM_BYTES) throw new RangeError(`decompress: a room of ${room.length}`);
    this.#into = into;
    this.#filled = 0;
    const output = Buffer.from(room.buffer, room.byteOffset, room.length);
    Object.assign(this.#stream, { _outBuffer: output, _outOffset: 0 });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#fail = reject;
        this.#stream.write(frame, (error) => (error ? reject(error) : resolve()));
      });
      if (this.#filled !== rawBytes) throw sizeError(this.#filled, rawBytes);
    } catch (error) {
      this.close();
      throw error;
    }
    this.#into = undefined;
    return room.subarray(0, rawBytes);
  }

  close(): void {
    this.#fail = () => {};
    this.#stream.destroy();
  }

  #take(piece: Buffer): void {
    const { room, rawBytes } = this.#into!;
    const isThere = piece.buffer === room.buffer;
    if (!isThere && this.#filled + piece.length <= rawBytes) room.set(piece, this.#filled);
    this.#filled += piece.length;
  }
}

function sizeError(actualBytes: number, rawBytes: number): RangeError {
  return new RangeError(`decompress: ${actualBytes} bytes came out, ${rawBytes} were announced`);
}
