import { LIMITS } from "@shale/content";
import { compress, decompress } from "./codec.ts";

export interface LiteralPage {
  readonly rawBytes: number;
  readonly stored: Uint8Array;
}

/** Gathers a recipe's literal bytes into pages, and compresses each while the next one fills. */
export class LiteralWriter {
  #page: Uint8Array = new Uint8Array(0);
  #filled = 0;
  readonly #pages: Promise<LiteralPage>[] = [];
  #storedBytes = 0;
  #compressing = 0;

  /** Compressed bytes so far, of the pages that are done. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#filled === this.#page.length) this.#turnPage(bytes.length - at);
      const take = Math.min(this.#page.length - this.#filled, bytes.length - at);
      this.#page.set(bytes.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled === LIMITS.literalPageBytes) this.#close();
    }
  }

  /** Resolves when few enough pages are being compressed; without it a tar of headers alone would pile up here. */
  async room(): Promise<void> {
    if (this.#compressing > LIMITS.blocksInFlight) await Promise.all(this.#pages);
  }

  async finish(): Promise<LiteralPage[]> {
    if (this.#filled > 0) this.#close();
    return await Promise.all(this.#pages);
  }

  /** Pages grow by doubling, since most layers have few literals. */
  #turnPage(neededBytes: number): void {
    const size = Math.max(this.#filled * 2, this.#filled + neededBytes, 4096);
    const page = new Uint8Array(Math.min(size, LIMITS.literalPageBytes));
    page.set(this.#page.subarray(0, this.#filled));
    this.#page = page;
  }

  #close(): void {
    const raw = this.#page.subarray(0, this.#filled);
    this.#compressing += 1;
    const page = compress(raw).then((stored) => {
      this.#storedBytes += stored.length;
      this.#compressing -= 1;
      return { rawBytes: raw.length, stored };
    });
    // A failure is met in finish(); until then it is not unhandled.
    page.catch(() => {});
    this.#pages.push(page);
    this.#page = new Uint8Array(0);
    this.#filled = 0;
  }
}

/** Reads literal bytes in order, a page at a time. */
export class LiteralReader {
  readonly #pages: readonly LiteralPage[];
  #pageIndex = -1;
  #raw: Uint8Array = new Uint8Array(0);
  /** Where the page that is open begins in the literal stream. */
  #pageOffset = 0;

  constructor(pages: readonly LiteralPage[]) {
    this.#pages = pages;
  }

  /** At least one and at most `sizeBytes` bytes from `offset`; offsets never go back. */
  async read(offset: number, sizeBytes: number): Promise<Uint8Array> {
    while (offset >= this.#pageOffset + this.#raw.length) await this.#open(offset);
    const from = offset - this.#pageOffset;
    return this.#raw.subarray(from, from + sizeBytes);
  }

  async #open(offset: number): Promise<void> {
    let index = this.#pageIndex + 1;
    let at = this.#pageOffset + this.#raw.length;
    // Pages before the one asked for need not be decompressed.
    while (index < this.#pages.length && offset >= at + this.#pages[index]!.rawBytes) {
      at += this.#pages[index]!.rawBytes;
      index += 1;
    }
    const page = this.#pages[index];
    if (page === undefined) throw new RangeError(`recipe: literal byte ${offset} is not there`);
    this.#raw = await decompress(page.stored, page.rawBytes);
    this.#pageIndex = index;
    this.#pageOffset = at;
  }
}
