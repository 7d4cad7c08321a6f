/** What a reel is made of. */
type Items = Uint8Array | Uint32Array;

const FIRST_ROOM = 4096;

/** The latter part of a sequence that grows: items are addressed by their place in all of it. */
export class Reel<T extends Items> {
  readonly #make: (length: number) => T;
  #items: T;
  /** Place of the first item in `#items`. */
  #start = 0;
  #length = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#items = make(FIRST_ROOM);
  }

  /** Another sequence begins. */
  clear(): void {
    this.#start = 0;
    this.#length = 0;
  }

  /** Where the sequence ends so far. */
  get end(): number {
    return this.#start + this.#length;
  }

  add(items: T): void {
    if (this.#length + items.length > this.#items.length) {
      const grown = this.#make(2 * (this.#length + items.length));
      grown.set(this.#items.subarray(0, this.#length));
      this.#items = grown;
    }
    this.#items.set(items, this.#length);
    this.#length += items.length;
  }

  /** Items from a place on, up to another one. A view that is valid until the reel changes. */
  view(from: number, to: number = this.end): T {
    return this.#items.subarray(from - this.#start, to - this.#start) as T;
  }

  /** Forgets what is before a place, when that is much. */
  drop(before: number): void {
    const count = before - this.#start;
    if (count < this.#length / 2) return;
    this.#items.copyWithin(0, count, this.#length);
    this.#start += count;
    this.#length -= count;
  }
}
