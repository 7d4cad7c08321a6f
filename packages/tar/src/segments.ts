import type { TarEntry } from "./entry.ts";

/**
 * Takes the segments of an input, in order. Positions count from the start of the piece that is
 * being scanned.
 */
export interface SegmentSink {
  /** `[start, end)` is a literal: headers, padding, a trailer, or anything doubtful. */
  literal(start: number, end: number): void;
  /**
   * `[start, end)` is a part of a file's content; `last` when the file ends at `end`. Never empty.
   */
  payload(start: number, end: number, last: boolean): void;
  /**
   * Called once for every entry that was understood, after its header and before its payload. Names
   * are decoded only when this is there.
   */
  entry?(entry: TarEntry): void;
}

/** What an input turned out to be, once it has ended. */
export interface TarSummary {
  /** Headers that were understood, extensions not counted. */
  readonly entries: number;
  /**
   * Headers that state their checksum and yet were not understood: what they speak of became a
   * literal.
   */
  readonly doubtfulEntries: number;
  /** Bytes scanned and skipped. */
  readonly sizeBytes: number;
  /** How many of them were file content. */
  readonly payloadBytes: number;
  /** The input ended inside of a header, an extension, a payload or its padding. */
  readonly truncated: boolean;
  /** Two blocks of zeros came after the last entry, as the end of an archive should be. */
  readonly terminated: boolean;
}

export interface TarScannerOptions {
  /**
   * Bodies of extension headers larger than this are not read, and what they speak of becomes a
   * literal.
   */
  readonly extensionBytes?: number;
}

/**
 * Cuts an input, pushed in pieces of any size, into literals and file payloads. Laid end to end the
 * segments are the input, whatever it is; how it was cut into pieces does not change where a
 * literal or a payload begins or ends. After a sink threw, the scanner is of no more use.
 */
export interface TarScanner {
  /** Emits segments that cover `bytes` exactly, in order. Keeps no reference to `bytes`. */
  scan(bytes: Uint8Array): void;
  /**
   * How many bytes may be skipped unseen right now: payload, padding, or a body that nobody reads.
   */
  readonly skippableBytes: number;
  /**
   * Goes on as if the next `lengthBytes` had been scanned, without emitting them: for readers that
   * can seek.
   * @throws RangeError when it is more than `skippableBytes`, or no whole number
   */
  skip(lengthBytes: number): void;
  /** Ends the input. Nothing can be scanned afterwards. */
  finish(): TarSummary;
}
