/** A part of a stream. */
export interface WindowPart {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

const NONE = new Uint8Array(0);

/** Gives parts of a stream that overlap, none beginning or ending before the one before; reads the stream once. */
export class ContentWindow {
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** The bytes before the place where the stream is, as many as the next part needs again, in the front of a buffer. */
  #kept: Uint8Array = NONE;
  #buffer: Uint8Array = NONE;
  /** What is left of the piece that came last; it is valid until the next is asked for. */
  #rest: Uint8Array = NONE;
  /** Where the rest begins. */
  #offset: number;

  /** `offsetBytes` is where the stream begins. */
  constructor(pieces: AsyncIterable<Uint8Array>, offsetBytes: number) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#offset = offsetBytes;
  }

  /**
   * Puts a part where there is room for it. `next` is the part that will be asked for after it.
   * @throws RangeError when the stream ends before the part does
   */
  async fill(room: Uint8Array, part: WindowPart, next: WindowPart | undefined): Promise<void> {
    const begin = this.#offset - this.#kept.length;
    const again = this.#kept.subarray(part.offsetBytes - begin);
    room.set(again);
    await this.#skipTo(part.offsetBytes);
    for (let filled = again.length; filled < part.lengthBytes; ) {
      filled += await this.#take(room.subarray(filled));
    }
    this.#keep(next ? room.subarray(next.offsetBytes - part.offsetBytes, part.lengthBytes) : NONE);
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length > this.#buffer.length) this.#buffer = new Uint8Array(bytes.length);
    this.#buffer.set(bytes);
    this.#kept = this.#buffer.subarray(0, bytes.length);
  }

  async #skipTo(offsetBytes: number): Promise<void> {
    while (this.#offset < offsetBytes) {
      const count = Math.min(offsetBytes - this.#offset, (await this.#piece()).length);
      this.#pass(count);
    }
  }

  /** Puts bytes there, as many as are at hand. */
  async #take(room: Uint8Array): Promise<number> {
    const bytes = (await this.#piece()).subarray(0, room.length);
    room.set(bytes);
    this.#pass(bytes.length);
    return bytes.length;
  }

  async #piece(): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await this.#pieces.next();
      if (next.done) throw new RangeError(`content ends at ${this.#offset}`);
      this.#rest = next.value;
    }
    return this.#rest;
  }

  #pass(count: number): void {
    this.#rest = this.#rest.subarray(count);
    this.#offset += count;
  }
}
