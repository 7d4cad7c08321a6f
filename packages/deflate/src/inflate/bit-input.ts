/** Bytes that are taken in at once. */
const PIECE_BYTES = 16 * 1024;
/** Room for what was not decoded yet; the header of a dynamic block takes less than 300 bytes. */
const REST_BYTES = 1024;
/** Zeros after the end, so that looking ahead needs no check. */
const SLACK_BYTES = 8;

/**
 * A window on a stream of bits. Reading past its end gives zeros; then `isShort` holds, and the
 * reader goes back to a position from which it can start over when there is more.
 */
export class BitInput {
  readonly bytes: Uint8Array = new Uint8Array(REST_BYTES + PIECE_BYTES + SLACK_BYTES);
  readonly view: DataView = new DataView(this.bytes.buffer);
  /** In bits, as is `limit`. */
  position = 0;
  limit = 0;
  #droppedBytes = 0;

  /** Bits that were read since the stream began. */
  get totalBits(): number {
    return this.#droppedBytes * 8 + this.position;
  }

  get isShort(): boolean {
    return this.position > this.limit;
  }

  /** Whole bytes that lie ahead, from the next byte boundary. */
  get bytesAhead(): number {
    return (this.limit >>> 3) - ((this.position + 7) >>> 3);
  }

  /** Drops what was read and takes of `bytes` what there is room for; returns how many. */
  fill(bytes: Uint8Array): number {
    const from = this.position >>> 3;
    const kept = (this.limit >>> 3) - from;
    this.bytes.copyWithin(0, from, from + kept);
    this.#droppedBytes += from;
    const taken = Math.min(bytes.length, REST_BYTES + PIECE_BYTES - kept);
    this.bytes.set(bytes.subarray(0, taken), kept);
    this.bytes.fill(0, kept + taken, kept + taken + SLACK_BYTES);
    this.position &= 7;
    this.limit = (kept + taken) * 8;
    return taken;
  }

  clear(): void {
    this.position = 0;
    this.limit = 0;
    this.#droppedBytes = 0;
  }

  /** The next bits, 25 of them at least. */
  peek(): number {
    if (this.position >= this.limit) return 0;
    return this.view.getUint32(this.position >>> 3, true) >>> (this.position & 7);
  }

  /** Up to 16 bits. */
  read(count: number): number {
    const bits = this.peek() & ((1 << count) - 1);
    this.position += count;
    return bits;
  }

  /** The bits up to the next byte boundary. */
  readPadding(): number {
    return this.read(-this.position & 7);
  }
}
