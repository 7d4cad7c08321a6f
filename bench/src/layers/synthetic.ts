import { join } from "node:path";
import { addLayer, beginLayout, finishLayout, type Layout } from "./layout.ts";
import { type TarContent, writeTar } from "./write-tar.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Content is put together from pieces of a pool, anew for each file. */
const POOL_BYTES = 8 * MIB;
const PIECE_BYTES = 512;
/** How much of the layer each of its two huge files is. */
const HUGE_PART = 1 / 8;
/** Files below this are most of a layer's entries. */
const SMALL_BYTES = 64 * KIB;

/** One layer of about `sizeBytes`, as a layout. */
export async function syntheticLayout(path: string, sizeBytes: number): Promise<Layout> {
  await beginLayout(path);
  const tarPath = join(path, "layer.tar");
  await writeTar(tarPath, syntheticEntries(sizeBytes));
  return await finishLayout(path, [await addLayer(path, tarPath)]);
}

/**
 * Many small files and a few huge ones, always the same for a size. Half of the bytes come twice: a
 * file is followed by a copy of one that came before. About a third of a piece is noise, the rest
 * text, so that content compresses as binaries do.
 */
function* syntheticEntries(sizeBytes: number): Generator<TarContent> {
  const random = randomNumbers(1);
  const pool = makePool();
  const hugeBytes = Math.floor(sizeBytes * HUGE_PART);
  let files = 0;
  const entry = (contentBytes: number, seed: number): TarContent => {
    const name = `srv/data/${files % 100}/file-${files}`;
    files += 1;
    return { header: { name, size: contentBytes }, content: contentOf(pool, contentBytes, seed) };
  };
  // A quarter in two copies of a huge file; the rest in pairs of small ones.
  yield entry(hugeBytes, 0);
  for (let left = sizeBytes - 2 * hugeBytes; left > 0; ) {
    const seed = files + 1;
    const contentBytes = 1 + Math.floor(SMALL_BYTES * random() ** 3);
    yield entry(contentBytes, seed);
    yield entry(contentBytes, seed);
    left -= 2 * (contentBytes + KIB);
  }
  yield entry(hugeBytes, 0);
}

function* contentOf(pool: Buffer, sizeBytes: number, seed: number): Generator<Uint8Array> {
  const random = randomNumbers(seed * 2 + 1);
  for (let left = sizeBytes; left > 0; ) {
    const bytes = Buffer.allocUnsafe(Math.min(MIB, left));
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const from = Math.floor(random() * (POOL_BYTES - PIECE_BYTES));
      pool.copy(bytes, at, from, from + Math.min(PIECE_BYTES, bytes.length - at));
    }
    yield bytes;
    left -= bytes.length;
  }
}

function makePool(): Buffer {
  const random = randomNumbers(7);
  const pool = Buffer.alloc(POOL_BYTES);
  for (let at = 0; at < POOL_BYTES; ) {
    at += pool.write(`entry ${Math.floor(random() * 1e6)} of the table\n`, at, "latin1");
    for (const end = Math.min(at + 12, POOL_BYTES); at < end; at++) pool[at] = random() * 256;
  }
  return pool;
}

/** Numbers from 0 up to 1, the same for a seed: what is measured is the same in every run. */
function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  // George Marsaglia, "Xorshift RNGs", 2003, with the triple 13, 17, 5.
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
