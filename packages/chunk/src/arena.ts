import { GEAR_COUNT, gearWords, type Mask, masksFor } from "./gear.ts";
import { GEAR_WASM_BASE64 } from "./gear-wasm.ts";
import { type ChunkSizes, checkChunkSizes } from "./sizes.ts";
import { compileModule, createMemory, type SharedMemory } from "./webassembly.ts";

/**
 * Memory that content is read into, cut in and hashed in, without a copy: WebAssembly cuts it on
 * one thread while others may read it. Its size is fixed, so that views of it stay valid.
 */
export interface Arena {
  /** What callers may use. Begins where the buffer begins: an offset means the same in both. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** The memory under `bytes`, to be handed to other threads; longer than `bytes`. */
  readonly buffer: SharedArrayBuffer;
  /**
   * The length of the chunk that begins at `offset`, from 1 to `length`. The `length` bytes from
   * there on must be the rest of the file, or at least `maxBytes` of it; the result depends on
   * nothing else.
   * @throws RangeError when there are no bytes, or they do not lie inside of the arena
   */
  cut(offset: number, length: number): number;
}

/** Offsets are signed 32-bit numbers on their way into WebAssembly. */
const ARENA_MAX_BYTES = 1024 * 1024 * 1024;
const TABLE_BYTES = GEAR_COUNT * BigUint64Array.BYTES_PER_ELEMENT;

interface GearExports {
  configure(
    tableOffset: number,
    min: number,
    average: number,
    max: number,
    strict: bigint,
    loose: bigint,
  ): void;
  cut(offset: number, length: number): number;
}

/** @throws RangeError when the sizes make no sense, or the arena does not hold one chunk */
export function createArena(options: {
  readonly sizeBytes: number;
  readonly sizes: ChunkSizes;
}): Arena {
  const { sizeBytes, sizes } = options;
  checkChunkSizes(sizes);
  if (
    !Number.isSafeInteger(sizeBytes) ||
    sizeBytes < sizes.maxBytes ||
    sizeBytes > ARENA_MAX_BYTES
  ) {
    throw new RangeError(
      `create arena of ${sizeBytes} bytes: expected ${sizes.maxBytes} to ${ARENA_MAX_BYTES}`,
    );
  }
  // The table lies behind the callers' bytes, so that these begin at 0.
  const tableOffset = Math.ceil(sizeBytes / TABLE_BYTES) * TABLE_BYTES;
  const memory = createMemory(tableOffset + TABLE_BYTES);
  new Uint32Array(memory.buffer, tableOffset, 2 * GEAR_COUNT).set(gearWords());
  const gear = instantiateGear(memory);
  const { strict, loose } = masksFor(sizes);
  const { minBytes, averageBytes, maxBytes } = sizes;
  gear.configure(tableOffset, minBytes, averageBytes, maxBytes, asBigInt(strict), asBigInt(loose));

  return {
    bytes: new Uint8Array(memory.buffer, 0, sizeBytes),
    buffer: memory.buffer,
    cut(offset, length) {
      if (!(offset >= 0 && length > 0 && offset + length <= sizeBytes)) {
        throw new RangeError(
          `cut ${length} bytes at ${offset}: expected some bytes of the arena's ${sizeBytes}`,
        );
      }
      return gear.cut(offset, length);
    },
  };
}

let compiled: ((memory: SharedMemory) => GearExports) | undefined;

function instantiateGear(memory: SharedMemory): GearExports {
  compiled ??= compileModule<GearExports>(Buffer.from(GEAR_WASM_BASE64, "base64"));
  return compiled(memory);
}

function asBigInt({ high, low }: Mask): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
