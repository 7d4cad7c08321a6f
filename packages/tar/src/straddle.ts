/** Puts together what may lie across several pieces: a block, or the body of an extension. */
export class Straddle {
  #bytes = new Uint8Array(0);
  #lengthBytes = 0;

  /** How much is kept here. */
  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /**
   * Adds the next part of something `wholeBytes` long, and returns the whole once it is there; then
   * the next whole begins. What is returned is `part` itself when that is the whole, else a buffer
   * that the next call writes over.
   */
  add(part: Uint8Array, wholeBytes: number): Uint8Array | undefined {
    if (part.length === wholeBytes) return part;
    if (this.#bytes.length < wholeBytes) this.#bytes = new Uint8Array(wholeBytes);
    this.#bytes.set(part, this.#lengthBytes);
    this.#lengthBytes += part.length;
    if (this.#lengthBytes < wholeBytes) return undefined;
    this.#lengthBytes = 0;
    return this.#bytes.subarray(0, wholeBytes);
  }
}
