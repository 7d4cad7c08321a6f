import type { Arena, ChunkSizes } from "@shale/chunk";
import { LIMITS } from "@shale/content";
import { createTarScanner, type TarScanner } from "@shale/tar";
import type { Slot } from "./slots.ts";

/** What a slab holds, in order: so many literal bytes, or a piece of content at a place in the arena. */
export type SlabPart =
  | { readonly kind: "literal"; readonly sizeBytes: number }
  | { readonly kind: "piece"; readonly offset: number; readonly sizeBytes: number };

export interface SplitterOptions {
  readonly arena: Arena;
  readonly sizes: ChunkSizes;
  /** Cut everything as content: for what is no tar. */
  readonly plain: boolean;
  /** Takes literal bytes; they are borrowed. */
  readonly onLiteral: (bytes: Uint8Array) => void;
}

/**
 * Cuts a stream into literals and pieces, slab by slab. What is left uncut at the end of a slab, less than one chunk of
 * the largest size, is carried to the room before the next one, so that a piece is always in one place.
 */
export class Splitter {
  readonly #arena: Arena;
  readonly #sizes: ChunkSizes;
  readonly #plain: boolean;
  readonly #onLiteral: (bytes: Uint8Array) => void;
  readonly #scanner: TarScanner;
  readonly #carry: Uint8Array;
  #carryBytes = 0;

  /** The slab being split: its place in the arena, its parts so far. */
  #slot: Slot | undefined;
  #parts: SlabPart[] = [];
  /** Where the piece under way begins in the arena; negative when there is none. */
  #pieceFrom = -1;
  /** Whether nothing of the file under way was cut yet. */
  #atFileStart = true;
  /** Literal bytes in a row; past a limit they are content without a header. */
  #literalRunBytes = 0;

  constructor(options: SplitterOptions) {
    this.#arena = options.arena;
    this.#sizes = options.sizes;
    this.#plain = options.plain;
    this.#onLiteral = options.onLiteral;
    this.#carry = new Uint8Array(options.sizes.maxBytes);
    this.#scanner = createTarScanner(
      {
        literal: (start, end) => this.#literal(start, end),
        payload: (start, end, last) => {
          this.#endLiteralRun(start);
          this.#content(start, end, last);
        },
      },
      { extensionBytes: LIMITS.tarExtensionBytes },
    );
  }

  /** Splits the first `sizeBytes` of the slot's slab. `last` says that the stream ends with them. */
  split(slot: Slot, options: { sizeBytes: number; last: boolean }): SlabPart[] {
    this.#slot = slot;
    this.#parts = [];
    this.#takeCarry(slot);
    const bytes = slot.slab.subarray(0, options.sizeBytes);
    if (this.#plain) this.#content(0, bytes.length, options.last);
    else this.#scanner.scan(bytes);
    if (options.last) this.#finish(bytes.length);
    else this.#leaveCarry(slot.offset + bytes.length);
    return this.#parts;
  }

  #takeCarry(slot: Slot): void {
    if (this.#pieceFrom < 0) return;
    this.#pieceFrom = slot.offset - this.#carryBytes;
    this.#arena.bytes.set(this.#carry.subarray(0, this.#carryBytes), this.#pieceFrom);
  }

  #leaveCarry(end: number): void {
    if (this.#pieceFrom < 0) return;
    this.#carryBytes = end - this.#pieceFrom;
    this.#carry.set(this.#arena.bytes.subarray(this.#pieceFrom, end));
  }

  #finish(end: number): void {
    if (!this.#plain) this.#scanner.finish();
    // A file that the end of the stream cut short, or a run of literals that became content.
    if (this.#pieceFrom >= 0) this.#content(end, end, true);
  }

  #literal(start: number, end: number): void {
    const room = Math.max(0, LIMITS.literalRunBytes - this.#literalRunBytes);
    const literalEnd = Math.min(end, start + room);
    this.#literalRunBytes += end - start;
    if (literalEnd > start) {
      this.#onLiteral(this.#slot!.slab.subarray(start, literalEnd));
      this.#addLiteral(literalEnd - start);
    }
    if (literalEnd < end) this.#content(literalEnd, end, false);
  }

  /** A payload begins at `start`: content that was literal until here ends. */
  #endLiteralRun(start: number): void {
    if (this.#literalRunBytes > LIMITS.literalRunBytes) this.#content(start, start, true);
    this.#literalRunBytes = 0;
  }

  /** Bytes `start` to `end` of the slab go on with the file under way, or begin one. */
  #content(start: number, end: number, last: boolean): void {
    const base = this.#slot!.offset;
    if (this.#pieceFrom < 0) this.#pieceFrom = base + start;
    let left = base + end - this.#pieceFrom;
    const { wholeFileBytes, maxBytes } = this.#sizes;
    while (left >= maxBytes || (last && left > 0)) {
      const isWhole = last && this.#atFileStart && left <= wholeFileBytes;
      const sizeBytes = isWhole ? left : this.#arena.cut(this.#pieceFrom, left);
      this.#parts.push({ kind: "piece", offset: this.#pieceFrom, sizeBytes });
      this.#pieceFrom += sizeBytes;
      this.#atFileStart = false;
      left -= sizeBytes;
    }
    if (last) {
      this.#pieceFrom = -1;
      this.#atFileStart = true;
    }
  }

  #addLiteral(sizeBytes: number): void {
    const before = this.#parts.at(-1);
    if (before?.kind === "literal") {
      this.#parts[this.#parts.length - 1] = {
        kind: "literal",
        sizeBytes: before.sizeBytes + sizeBytes,
      };
    } else {
      this.#parts.push({ kind: "literal", sizeBytes });
    }
  }
}
