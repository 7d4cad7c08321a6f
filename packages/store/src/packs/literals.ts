import { LIMITS } from "@shale/content";
import { compress } from "../workers/compress.ts";
import { decompress } from "../workers/decompress.ts";

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

/** Literal bytes of one page. */
export interface LiteralStep {
  readonly kind: "literal";
  readonly page: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Reads literal bytes in order. The page that is open and the next one are in memory, no more. */
export class LiteralPages {
  readonly #pages: readonly LiteralPage[];
  /** Where each page begins in the literal stream. */
  readonly #starts: number[] = [];
  readonly #opening = new Map<number, Promise<Uint8Array>>();
  #open = -1;
  #raw: Uint8Array = new Uint8Array(0);

  constructor(pages: readonly LiteralPage[]) {
    this.#pages = pages;
    let start = 0;
    for (const page of pages) {
      this.#starts.push(start);
      start += page.rawBytes;
    }
  }

  /** Bytes of the literal stream, in parts that lie in one page each. */
  *split(literalOffset: number, sizeBytes: number): Generator<LiteralStep> {
    let page = Math.max(0, this.#open);
    const end = literalOffset + sizeBytes;
    for (let at = literalOffset; at < end; ) {
      while (at >= this.#end(page)) page += 1;
      const take = Math.min(end, this.#end(page)) - at;
      yield { kind: "literal", page, offset: at - this.#starts[page]!, sizeBytes: take };
      at += take;
    }
  }

  /** A step's bytes when its page is open. */
  peek({ page, offset, sizeBytes }: LiteralStep): Uint8Array | undefined {
    return page === this.#open ? this.#raw.subarray(offset, offset + sizeBytes) : undefined;
  }

  async read(step: LiteralStep): Promise<Uint8Array> {
    if (step.page !== this.#open) {
      this.#raw = await this.#start(step.page);
      this.#open = step.page;
      this.#opening.delete(step.page);
      if (step.page + 1 < this.#pages.length) this.#start(step.page + 1).catch(() => {});
    }
    return this.#raw.subarray(step.offset, step.offset + step.sizeBytes);
  }

  #start(page: number): Promise<Uint8Array> {
    const { stored, rawBytes } = this.#pages[page]!;
    const opening = this.#opening.get(page) ?? decompress(stored, rawBytes);
    this.#opening.set(page, opening);
    return opening;
  }

  #end(page: number): number {
    const known = this.#pages[page];
    if (known === undefined)
      throw new RangeError("recipe: it names literal bytes that it does not have");
    return this.#starts[page]! + known.rawBytes;
  }
}
