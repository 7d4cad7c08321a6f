/**
 * Shared buffers of one size, used again. A new one for each block would have V8 collect garbage all the time, and only shared
 * memory can be filled by another thread.
 */
export class BufferPool {
  readonly #sizeBytes: number;
  readonly #keep: number;
  readonly #free: Uint8Array[] = [];

  constructor(options: { sizeBytes: number; keep: number }) {
    this.#sizeBytes = options.sizeBytes;
    this.#keep = options.keep;
  }

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(new SharedArrayBuffer(this.#sizeBytes));
  }

  /** Nobody may look at the buffer any more. */
  give(buffer: Uint8Array): void {
    if (buffer.length === this.#sizeBytes && this.#free.length < this.#keep)
      this.#free.push(buffer);
  }
}
