const GATHER_BYTES = 256 * 1024;
/** Copying a piece of this size costs more than handing it on. */
const DIRECT_BYTES = 32 * 1024;

/**
 * Small pieces in one buffer, since a layer of small files has two for each of them; only the bytes that were asked for.
 */
export class Gather {
  readonly #buffer = new Uint8Array(GATHER_BYTES);
  #filled = 0;
  #skipBytes: number;
  #leftBytes: number;

  constructor({ skipBytes, takeBytes }: { skipBytes: number; takeBytes: number }) {
    this.#skipBytes = skipBytes;
    this.#leftBytes = takeBytes;
  }

  get isDone(): boolean {
    return this.#leftBytes === 0;
  }

  /** The part of the next piece that was asked for. */
  clip(piece: Uint8Array): Uint8Array {
    const from = Math.min(this.#skipBytes, piece.length);
    const to = Math.min(piece.length, from + this.#leftBytes);
    this.#skipBytes -= from;
    this.#leftBytes -= to - from;
    return from === 0 && to === piece.length ? piece : piece.subarray(from, to);
  }

  /** Whether a piece is better handed on as it is. */
  isLarge(piece: Uint8Array): boolean {
    return piece.length >= DIRECT_BYTES;
  }

  fits(piece: Uint8Array): boolean {
    return this.#filled + piece.length <= GATHER_BYTES;
  }

  add(piece: Uint8Array): void {
    this.#buffer.set(piece, this.#filled);
    this.#filled += piece.length;
  }

  /** What was gathered, if anything. Valid until the next `add`. */
  flush(): Uint8Array | undefined {
    if (this.#filled === 0) return undefined;
    const gathered = this.#buffer.subarray(0, this.#filled);
    this.#filled = 0;
    return gathered;
  }
}

/** The stream without its first bytes, and no longer than asked for. */
export async function* trim(
  pieces: AsyncIterable<Uint8Array>,
  range: { skipBytes: number; takeBytes: number },
): AsyncGenerator<Uint8Array> {
  const gather = new Gather(range);
  if (gather.isDone) return;
  for await (const piece of pieces) {
    const wanted = gather.clip(piece);
    if (wanted.length > 0) yield wanted;
    if (gather.isDone) return;
  }
}
