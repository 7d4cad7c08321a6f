import type { TarEntry } from "../entry.ts";
import { createTarScanner } from "../scanner.ts";
import type { SegmentSink, TarScannerOptions, TarSummary } from "../segments.ts";

/** A segment in the input, with what came of it in several pieces put together. */
export interface Segment {
  readonly kind: "literal" | "payload";
  readonly start: number;
  end: number;
  /** A payload whose end was seen. */
  whole: boolean;
}

export interface CutEntry extends TarEntry {
  /** What was emitted as its payload. */
  readonly content: Buffer;
}

export interface Cut {
  readonly segments: readonly Segment[];
  readonly entries: readonly CutEntry[];
  readonly summary: TarSummary;
}

export interface CutOptions extends TarScannerOptions {
  /** Lengths of the pieces; what is left over comes as one more. */
  readonly pieces?: readonly number[];
}

/**
 * Scans `input` and checks that the segments cover it: each begins where the one before ended, none
 * is empty, and the pieces that were scanned are overwritten at once, so that a reference kept to
 * them would show.
 */
export function cut(input: Uint8Array, options: CutOptions = {}): Cut {
  const recorder = new Recorder();
  const scanner = createTarScanner(recorder, options);
  let at = 0;
  for (const length of [...(options.pieces ?? []), input.length]) {
    const piece = Uint8Array.from(input.subarray(at, at + length));
    recorder.pieceOffset = at;
    scanner.scan(piece);
    piece.fill(0xaa);
    at += piece.length;
    recorder.expectCovered(at);
  }
  const entries = recorder.entries.map(({ entry, payload }) => {
    return {
      ...entry,
      content: Buffer.from(input.subarray(payload?.start ?? 0, payload?.end ?? 0)),
    };
  });
  return { segments: recorder.segments, entries, summary: scanner.finish() };
}

class Recorder implements SegmentSink {
  readonly segments: Segment[] = [];
  readonly entries: { readonly entry: TarEntry; payload?: Segment }[] = [];
  pieceOffset = 0;
  #covered = 0;

  literal(start: number, end: number): void {
    this.#add({ kind: "literal", start, end, whole: true });
  }

  payload(start: number, end: number, whole: boolean): void {
    const segment = this.#add({ kind: "payload", start, end, whole });
    const last = this.entries.at(-1);
    if (last === undefined || last.entry.payloadOffset !== segment.start) {
      throw new Error(`payload at ${segment.start} belongs to no entry`);
    }
    last.payload = segment;
  }

  entry(entry: TarEntry): void {
    if (entry.payloadOffset !== this.#covered) {
      throw new Error(`entry at ${entry.payloadOffset}, but ${this.#covered} bytes were covered`);
    }
    this.entries.push({ entry });
  }

  expectCovered(offset: number): void {
    if (this.#covered !== offset) throw new Error(`covered ${this.#covered} of ${offset} bytes`);
  }

  #add(piece: Segment): Segment {
    const start = piece.start + this.pieceOffset;
    const end = piece.end + this.pieceOffset;
    if (start !== this.#covered || end <= start) {
      throw new Error(`segment [${start}, ${end}) after ${this.#covered} bytes`);
    }
    this.#covered = end;
    const before = this.segments.at(-1);
    const goesOn =
      before?.kind === piece.kind && (piece.kind === "literal" || before.whole === false);
    if (goesOn && before !== undefined) {
      before.end = end;
      before.whole = piece.whole;
      return before;
    }
    const segment = { ...piece, start, end };
    this.segments.push(segment);
    return segment;
  }
}
