import { entryType, headerLinkPath, headerPath } from "./entry.ts";
import { type ExtensionKind, Extensions } from "./extensions.ts";
import {
  BLOCK_BYTES,
  checksumHolds,
  headerFormat,
  headerKind,
  isZeroBlock,
  sparseBlockGoesOn,
  sparseHeaderGoesOn,
  statedSize,
} from "./header.ts";
import type { SegmentSink, TarScanner, TarScannerOptions, TarSummary } from "./segments.ts";
import { Straddle } from "./straddle.ts";

const NOTHING = new Uint8Array(0);

/** The largest body of an extension header that is read, unless the options say otherwise. */
const EXTENSION_BYTES = 1024 * 1024;

/** A scanner that hands what it finds to `sink`. */
export function createTarScanner(sink: SegmentSink, options: TarScannerOptions = {}): TarScanner {
  return new Scanner(sink, options);
}

/**
 * What the next byte belongs to.
 *
 *     header ─► payload ─► body ─► header    a body is passed by: padding, or what nobody reads
 *            ─► sparse ─► payload            blocks of an old-GNU map of holes
 *            ─► extension ─► body            read for what it says of the next entry
 *            ─► body                         an entry in doubt, as long as it says it is
 *            ─► header                       an entry without payload, zeros, junk
 */
type State = "header" | "sparse" | "extension" | "payload" | "body";

class Scanner implements TarScanner {
  readonly #sink: SegmentSink;
  readonly #extensionBytes: number;
  readonly #extensions: Extensions;
  #state: State = "header";
  #finished = false;

  /**
   * Where in the input the current piece begins, where in the piece the next byte is, and the first
   * not emitted.
   */
  #pieceOffset = 0;
  #at = 0;
  #literalFrom = 0;

  readonly #block = new Straddle();
  readonly #extensionBody = new Straddle();
  #extensionKind: ExtensionKind = "pax";
  /** The header of a sparse entry whose map is being read. */
  readonly #sparseHeader = new Uint8Array(BLOCK_BYTES);

  /** What is left of the extension, payload or body, and the padding after it. */
  #left = 0;
  #padding = 0;

  #entries = 0;
  #doubtfulEntries = 0;
  #payloadBytes = 0;
  #zeroBlocks = 0;
  #terminated = false;

  constructor(sink: SegmentSink, { extensionBytes = EXTENSION_BYTES }: TarScannerOptions) {
    this.#sink = sink;
    this.#extensionBytes = extensionBytes;
    this.#extensions = new Extensions(sink.entry !== undefined);
  }

  scan(bytes: Uint8Array): void {
    this.#refuseFinished("scan a tar");
    this.#at = 0;
    this.#literalFrom = 0;
    while (this.#at < bytes.length) {
      switch (this.#state) {
        case "header":
        case "sparse":
          this.#gather(bytes);
          break;
        case "payload":
          this.#emitPayload(bytes);
          break;
        case "body":
          this.#passBody(this.#advance(bytes));
          break;
        case "extension":
          this.#collect(bytes);
          break;
      }
    }
    this.#flushLiteral();
    this.#pieceOffset += bytes.length;
    this.#at = 0;
  }

  get skippableBytes(): number {
    if (this.#state === "payload") return this.#left + this.#padding;
    return this.#state === "body" ? this.#left : 0;
  }

  skip(lengthBytes: number): void {
    const most = this.skippableBytes;
    if (!Number.isInteger(lengthBytes) || lengthBytes < 0 || lengthBytes > most) {
      throw new RangeError(`skip ${lengthBytes} bytes of a tar: 0 to ${most} may be skipped here`);
    }
    this.#pieceOffset += lengthBytes;
    const payload = this.#state === "payload" ? Math.min(this.#left, lengthBytes) : 0;
    if (payload > 0) this.#passPayload(payload);
    if (lengthBytes > payload) this.#passBody(lengthBytes - payload);
  }

  finish(): TarSummary {
    this.#refuseFinished("finish a tar");
    this.#finished = true;
    const inside = this.#state !== "header" || this.#extensions.pending;
    return {
      entries: this.#entries,
      doubtfulEntries: this.#doubtfulEntries,
      sizeBytes: this.#pieceOffset,
      payloadBytes: this.#payloadBytes,
      truncated: inside || (this.#block.lengthBytes > 0 && !this.#terminated),
      terminated: this.#terminated,
    };
  }

  /**
   * Emits what was passed since the last segment. Neighbouring headers and padding make one
   * literal.
   */
  #flushLiteral(): void {
    if (this.#at > this.#literalFrom) this.#sink.literal(this.#literalFrom, this.#at);
    this.#literalFrom = this.#at;
  }

  /**
   * Moves over as much of the payload, body or extension as the piece holds, and says how much that
   * was.
   */
  #advance(bytes: Uint8Array): number {
    const lengthBytes = Math.min(this.#left, bytes.length - this.#at);
    this.#at += lengthBytes;
    return lengthBytes;
  }

  #emitPayload(bytes: Uint8Array): void {
    this.#flushLiteral();
    const start = this.#at;
    const last = this.#left <= bytes.length - start;
    this.#passPayload(this.#advance(bytes));
    this.#literalFrom = this.#at;
    this.#sink.payload(start, this.#at, last);
  }

  #passPayload(lengthBytes: number): void {
    this.#payloadBytes += lengthBytes;
    this.#left -= lengthBytes;
    if (this.#left === 0) this.#beginBody(this.#padding);
  }

  #passBody(lengthBytes: number): void {
    this.#left -= lengthBytes;
    if (this.#left === 0) this.#state = "header";
  }

  #beginBody(lengthBytes: number): void {
    this.#state = lengthBytes > 0 ? "body" : "header";
    this.#left = lengthBytes;
  }

  /** Looks at a block where it lies in the piece, or puts it together first. */
  #gather(bytes: Uint8Array): void {
    const start = this.#at;
    const wanted = BLOCK_BYTES - this.#block.lengthBytes;
    this.#at = Math.min(start + wanted, bytes.length);
    if (wanted === BLOCK_BYTES && this.#at === start + wanted) {
      this.#readBlock(bytes, start);
      return;
    }
    const block = this.#block.add(bytes.subarray(start, this.#at), BLOCK_BYTES);
    if (block !== undefined) this.#readBlock(block, 0);
  }

  #readBlock(block: Uint8Array, at: number): void {
    if (this.#state === "header") {
      if (checksumHolds(block, at)) this.#readHeader(block, at);
      else this.#readOther(block, at);
    } else if (!sparseBlockGoesOn(block, at)) {
      this.#beginEntry(this.#sparseHeader, 0);
    }
  }

  /**
   * Zeros or junk. Both are passed a block at a time: another archive, or the rest of this one, may
   * follow.
   */
  #readOther(block: Uint8Array, at: number): void {
    this.#extensions.forgetNext();
    if (!isZeroBlock(block, at)) {
      this.#zeroBlocks = 0;
    } else if (++this.#zeroBlocks === 2) {
      this.#terminated = true;
      this.#extensions.forgetAll();
    }
  }

  #readHeader(block: Uint8Array, at: number): void {
    this.#zeroBlocks = 0;
    this.#terminated = false;
    const kind = headerKind(block, at);
    switch (kind) {
      case "payload":
      case "bare":
        this.#beginEntry(block, at);
        break;
      case "sparse":
        this.#beginSparse(block, at);
        break;
      case "remark":
        this.#beginBody(paddedSize(statedSize(block, at)));
        break;
      default:
        this.#beginExtension(kind, statedSize(block, at));
    }
  }

  #beginEntry(header: Uint8Array, at: number): void {
    const bare = headerKind(header, at) === "bare";
    const stated = bare ? 0 : statedSize(header, at);
    const sizeBytes = bare ? 0 : this.#extensions.size(stated);
    if (this.#extensions.doubtful || Number.isNaN(sizeBytes)) {
      this.#doubt(stated);
      return;
    }
    this.#entries++;
    if (this.#sink.entry !== undefined) {
      this.#announce(header.subarray(at, at + BLOCK_BYTES), sizeBytes);
    }
    this.#extensions.forgetNext();
    this.#left = sizeBytes;
    this.#padding = paddedSize(sizeBytes) - sizeBytes;
    this.#state = sizeBytes > 0 ? "payload" : "header";
  }

  /**
   * An entry that was not understood is passed by at the size its header states: looking for
   * headers inside of its content might find those of an archive within it.
   */
  #doubt(statedBytes: number): void {
    this.#doubtfulEntries++;
    this.#extensions.forgetNext();
    this.#beginBody(paddedSize(statedBytes));
  }

  #announce(header: Uint8Array, sizeBytes: number): void {
    this.#flushLiteral();
    const path = this.#extensions.path || headerPath(header);
    this.#sink.entry?.({
      path,
      type: entryType(header, { path, sizeBytes, sparse: this.#extensions.sparse }),
      linkPath: this.#extensions.linkPath || headerLinkPath(header),
      sizeBytes,
      payloadOffset: this.#pieceOffset + this.#at,
    });
  }

  /**
   * star wrote sparse files under the same flag as GNU, but with another map: where their payload
   * begins is unknown.
   */
  #beginSparse(header: Uint8Array, at: number): void {
    if (headerFormat(header, at) !== "gnu") {
      this.#doubt(Number.NaN);
    } else if (sparseHeaderGoesOn(header, at)) {
      this.#sparseHeader.set(header.subarray(at, at + BLOCK_BYTES));
      this.#state = "sparse";
    } else {
      this.#beginEntry(header, at);
    }
  }

  #beginExtension(kind: ExtensionKind, sizeBytes: number): void {
    if (!(sizeBytes <= this.#extensionBytes)) {
      this.#extensions.refuse(kind);
      this.#beginBody(paddedSize(sizeBytes));
      return;
    }
    this.#extensionKind = kind;
    this.#state = "extension";
    this.#left = sizeBytes;
    this.#padding = paddedSize(sizeBytes) - sizeBytes;
    if (sizeBytes === 0) this.#readExtension(NOTHING);
  }

  #collect(bytes: Uint8Array): void {
    const sizeBytes = this.#extensionBody.lengthBytes + this.#left;
    const start = this.#at;
    this.#left -= this.#advance(bytes);
    const body = this.#extensionBody.add(bytes.subarray(start, this.#at), sizeBytes);
    if (body !== undefined) this.#readExtension(body);
  }

  #readExtension(body: Uint8Array): void {
    this.#extensions.read(this.#extensionKind, body);
    this.#beginBody(this.#padding);
  }

  #refuseFinished(action: string): void {
    if (!this.#finished) return;
    throw new TypeError(`${action}: finish() was called before, make a new scanner`);
  }
}

/** A size with the padding up to the next block; 0 for one that is not known. */
function paddedSize(sizeBytes: number): number {
  return Number.isNaN(sizeBytes) ? 0 : Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}
