import type { BlockRun, OrdinalRun } from "../index/runs.ts";
import { decompress, decompressInto, ROOM_BYTES } from "../workers/decompress.ts";
import type { BlockCompressor } from "./block-compressor.ts";

const HASH_BYTES = 32;
const FIXED_BYTES = 16;
const RUN_BYTES = 10;
const ORDINAL_BYTES = 6;
const CODEC = { raw: 0, zstd: 1 } as const;

/** What a block says of its chunks, in their order. */
export interface BlockTable {
  readonly rawBytes: number;
  readonly runs: readonly OrdinalRun[];
  /** Where each chunk begins in the raw bytes; one more entry than chunks. */
  readonly offsets: Uint32Array;
  /** One sha256 after the other. */
  readonly hashes: Uint8Array;
  readonly codec: number;
}

/** Chunks being gathered, in buffers that are used again for the next block. */
export class BlockBuilder {
  readonly #buffer: Uint8Array;
  readonly #packed: Uint8Array;
  #rawBytes = 0;
  #lengths: number[] = [];
  #ordinals: number[] = [];
  #hashes: Uint8Array[] = [];

  constructor(capacityBytes: number) {
    this.#buffer = new Uint8Array(new SharedArrayBuffer(capacityBytes));
    this.#packed = new Uint8Array(new SharedArrayBuffer(capacityBytes));
  }

  get chunks(): number {
    return this.#lengths.length;
  }

  fits(sizeBytes: number): boolean {
    return this.#rawBytes + sizeBytes <= this.#buffer.length;
  }

  add(ordinal: number, hash: Uint8Array, bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#rawBytes);
    this.#rawBytes += bytes.length;
    this.#lengths.push(bytes.length);
    this.#ordinals.push(ordinal);
    this.#hashes.push(hash);
  }

  /** Ready for the next block; what `encode` returned must be written by then. */
  clear(): void {
    this.#rawBytes = 0;
    this.#lengths = [];
    this.#ordinals = [];
    this.#hashes = [];
  }

  /** The block as a record's head and body. Content that does not compress is kept as it is. */
  async encode(
    compressor: BlockCompressor,
  ): Promise<{ head: Buffer; body: Uint8Array; runs: BlockRun[] }> {
    const raw = this.#buffer.subarray(0, this.#rawBytes);
    const room = this.#packed.subarray(0, Math.max(0, raw.length - 1));
    const packedBytes = await compressor.compress(raw, room);
    const codec = packedBytes === undefined ? CODEC.raw : CODEC.zstd;
    const runs = toRuns(this.#ordinals);
    const head = encodeTable({ codec, runs, lengths: this.#lengths, hashes: this.#hashes });
    const body = packedBytes === undefined ? raw : room.subarray(0, packedBytes);
    return { head, body, runs: withRawBytes(runs, this.#lengths) };
  }
}

/** The runs of a block that was read, as they lie in it. */
export function tableRuns(table: BlockTable): BlockRun[] {
  const { offsets } = table;
  return withRawBytes(
    table.runs,
    Array.from({ length: offsets.length - 1 }, (_, i) => offsets[i + 1]! - offsets[i]!),
  );
}

function withRawBytes(runs: readonly OrdinalRun[], lengths: readonly number[]): BlockRun[] {
  let index = 0;
  return runs.map((run) => {
    let rawBytes = 0;
    for (const end = index + run.count; index < end; index++) rawBytes += lengths[index]!;
    return { ...run, rawBytes };
  });
}

function toRuns(ordinals: readonly number[]): OrdinalRun[] {
  const runs: { firstOrdinal: number; count: number }[] = [];
  for (const ordinal of ordinals) {
    const last = runs.at(-1);
    if (last && last.firstOrdinal + last.count === ordinal) last.count += 1;
    else runs.push({ firstOrdinal: ordinal, count: 1 });
  }
  return runs;
}

function encodeTable(table: {
  codec: number;
  runs: readonly OrdinalRun[];
  lengths: readonly number[];
  hashes: readonly Uint8Array[];
}): Buffer {
  const { runs, lengths, hashes } = table;
  const head = Buffer.alloc(
    FIXED_BYTES + runs.length * RUN_BYTES + lengths.length * (4 + HASH_BYTES),
  );
  head.writeUInt8(table.codec, 0);
  let rawBytes = 0;
  for (const length of lengths) rawBytes += length;
  head.writeUInt32LE(rawBytes, 4);
  head.writeUInt32LE(lengths.length, 8);
  head.writeUInt32LE(runs.length, 12);
  let at = FIXED_BYTES;
  for (const run of runs) {
    head.writeUIntBE(run.firstOrdinal, at, ORDINAL_BYTES);
    head.writeUInt32LE(run.count, at + ORDINAL_BYTES);
    at += RUN_BYTES;
  }
  for (const length of lengths) at = head.writeUInt32LE(length, at);
  for (const hash of hashes) {
    head.set(hash, at);
    at += HASH_BYTES;
  }
  return head;
}

/** Reads a block's head; `undefined` when it contradicts itself. */
export function decodeTable(head: Uint8Array): BlockTable | undefined {
  if (head.length < FIXED_BYTES) return undefined;
  const view = Buffer.from(head.buffer, head.byteOffset, head.length);
  const codec = view.readUInt8(0);
  const chunks = view.readUInt32LE(8);
  const runCount = view.readUInt32LE(12);
  const lengthsAt = FIXED_BYTES + runCount * RUN_BYTES;
  const hashesAt = lengthsAt + chunks * 4;
  const dictionaries = view.readUInt8(1);
  if (codec > CODEC.zstd || dictionaries !== 0) return undefined;
  if (view.length !== hashesAt + chunks * HASH_BYTES) return undefined;
  const runs: OrdinalRun[] = [];
  let inRuns = 0;
  for (let at = FIXED_BYTES; at < lengthsAt; at += RUN_BYTES) {
    const count = view.readUInt32LE(at + ORDINAL_BYTES);
    runs.push({ firstOrdinal: view.readUIntBE(at, ORDINAL_BYTES), count });
    inRuns += count;
  }
  const offsets = new Uint32Array(chunks + 1);
  for (let i = 0; i < chunks; i++)
    offsets[i + 1] = offsets[i]! + view.readUInt32LE(lengthsAt + i * 4);
  const rawBytes = view.readUInt32LE(4);
  if (inRuns !== chunks || offsets[chunks] !== rawBytes) return undefined;
  return { codec, rawBytes, runs, offsets, hashes: head.subarray(hashesAt) };
}

/**
 * The chunks of a block, one after the other: in the room, where one is given and they fit into it, else in memory of their own.
 * @throws when they are not as long as the table says
 */
export async function decodeBody(
  { table, body }: { readonly table: BlockTable; readonly body: Uint8Array },
  room?: Uint8Array,
): Promise<Uint8Array> {
  const { codec, rawBytes } = table;
  const fits = room !== undefined && rawBytes < ROOM_BYTES;
  if (codec === CODEC.zstd) {
    return await (fits ? decompressInto(body, { room, rawBytes }) : decompress(body, rawBytes));
  }
  if (body.length !== rawBytes) {
    throw new RangeError(`block: ${body.length} bytes stored, ${rawBytes} announced`);
  }
  const raw = fits ? room.subarray(0, rawBytes) : new Uint8Array(rawBytes);
  raw.set(body);
  return raw;
}

/** Every chunk of a block with its ordinal, in order. */
export function* blockChunks(
  table: BlockTable,
): Generator<{ ordinal: number; index: number; hash: Uint8Array; sizeBytes: number }> {
  let index = 0;
  for (const run of table.runs) {
    for (let i = 0; i < run.count; i++, index++) {
      const hash = table.hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
      const sizeBytes = table.offsets[index + 1]! - table.offsets[index]!;
      yield { ordinal: run.firstOrdinal + i, index, hash, sizeBytes };
    }
  }
}
