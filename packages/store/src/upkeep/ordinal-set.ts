import type { OrdinalRun } from "../index/runs.ts";

const PAGE_BITS = 65_536;

/** Ordinals, a bit each, in pages for the ranges that occur: ten million of them take little more than a megabyte. */
export class OrdinalSet {
  readonly #pages = new Map<number, Uint8Array>();

  add(run: OrdinalRun): void {
    for (let i = 0; i < run.count; i++) {
      const ordinal = run.firstOrdinal + i;
      const page = this.#page(Math.floor(ordinal / PAGE_BITS));
      const bit = ordinal % PAGE_BITS;
      page[bit >> 3] = page[bit >> 3]! | (1 << (bit & 7));
    }
  }

  has(ordinal: number): boolean {
    const page = this.#pages.get(Math.floor(ordinal / PAGE_BITS));
    const bit = ordinal % PAGE_BITS;
    return page !== undefined && (page[bit >> 3]! & (1 << (bit & 7))) !== 0;
  }

  /** How many of a run's ordinals are in the set. */
  countOf(run: OrdinalRun): number {
    let count = 0;
    for (let i = 0; i < run.count; i++) if (this.has(run.firstOrdinal + i)) count += 1;
    return count;
  }

  #page(number: number): Uint8Array {
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Uint8Array(PAGE_BITS / 8);
      this.#pages.set(number, page);
    }
    return page;
  }
}
