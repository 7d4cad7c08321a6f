import { crc32 } from "node:zlib";
import { LIMITS } from "@shale/content";

/** crc32 of each MiB of a stream as it passes, whatever its pieces: what verifies a part of a blob. */
export class RangeSums {
  readonly #sums: number[] = [];
  #crc = 0;
  #filled = 0;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const take = Math.min(LIMITS.rangeSumBytes - this.#filled, bytes.length - at);
      this.#crc = crc32(bytes.subarray(at, at + take), this.#crc);
      this.#filled += take;
      at += take;
      if (this.#filled === LIMITS.rangeSumBytes) this.#close();
    }
  }

  finish(): Uint32Array {
    if (this.#filled > 0) this.#close();
    return Uint32Array.from(this.#sums);
  }

  #close(): void {
    this.#sums.push(this.#crc);
    this.#crc = 0;
    this.#filled = 0;
  }
}
