import { putVarint } from "../inflate/varint.ts";

/** Gathers numbers and bytes. */
export class ByteWriter {
  readonly #pieces: Uint8Array[] = [];
  #small: number[] = [];

  byte(value: number): void {
    this.#small.push(value);
  }

  varint(value: number): void {
    putVarint(this.#small, value);
  }

  /** The length, and the bytes. */
  sized(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#close();
    this.#pieces.push(bytes);
  }

  finish(): Uint8Array {
    this.#close();
    return Buffer.concat(this.#pieces);
  }

  #close(): void {
    if (this.#small.length > 0) this.#pieces.push(Uint8Array.from(this.#small));
    this.#small = [];
  }
}
