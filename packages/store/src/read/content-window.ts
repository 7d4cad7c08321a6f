/** Gives parts of a stream that overlap, each beginning at or behind the one before; reads the stream once. */
export class ContentWindow {
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** The bytes that may be asked for again, in the front of a buffer. */
  #buffer = new Uint8Array(0);
  #length = 0;
  #offset: number;

  /** `offsetBytes` is where the stream begins. */
  constructor(pieces: AsyncIterable<Uint8Array>, offsetBytes: number) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#offset = offsetBytes;
  }

  /**
   * A copy of the part.
   * @throws RangeError when the stream ends before the part does
   */
  async take(part: {
    readonly offsetBytes: number;
    readonly lengthBytes: number;
  }): Promise<Uint8Array> {
    this.#drop(part.offsetBytes);
    while (this.#offset + this.#length < part.offsetBytes + part.lengthBytes) {
      const next = await this.#pieces.next();
      if (next.done) throw new RangeError(`content ends at ${this.#offset + this.#length}`);
      this.#add(next.value);
      this.#drop(part.offsetBytes);
    }
    return this.#buffer.slice(0, part.lengthBytes);
  }

  #add(piece: Uint8Array): void {
    if (this.#length + piece.length > this.#buffer.length) {
      const grown = new Uint8Array(2 * (this.#length + piece.length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(piece, this.#length);
    this.#length += piece.length;
  }

  #drop(before: number): void {
    const count = Math.min(before - this.#offset, this.#length);
    if (count <= 0) return;
    this.#buffer.copyWithin(0, count, this.#length);
    this.#length -= count;
    this.#offset += count;
  }
}
