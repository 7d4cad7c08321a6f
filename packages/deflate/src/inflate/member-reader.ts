import { crc32 } from "node:zlib";
import { InflateError } from "./errors.ts";
import { type InflateHandler, Inflater } from "./inflater.ts";
import { beginsMember, memberHeaderBytes } from "./member-header.ts";

/** What a {@link MemberReader} hands out. Views are valid during the call. */
export interface MemberHandler extends InflateHandler {
  /** A member begins; these are all bytes before its deflate stream. */
  header(bytes: Uint8Array): void;
  /** The next bytes of the deflate stream, after what they gave. */
  stream(bytes: Uint8Array): void;
  /** A member ended, and its trailer is that of its output. */
  member(member: Member): void;
  /** Bytes after the last member, in pieces. */
  trailing(bytes: Uint8Array): void;
}

export interface Member {
  readonly outputBytes: number;
  readonly crc32: number;
}

const TRAILER_BYTES = 8;
/** What is taken at once of a header; more are taken while it goes on. */
const HEADER_PIECE_BYTES = 256;
const NOTHING = new Uint8Array(0);

/**
 * Takes a gzip blob apart into members and what follows them. Header, blocks with their tokens, the
 * trailer that follows from the output, and the trailing bytes are all of the blob. What comes after
 * a member is another one when it begins as one does, and otherwise trailing to the end of the blob.
 */
export class MemberReader {
  readonly #handler: MemberHandler;
  readonly #inflater: Inflater;
  #state: "header" | "stream" | "trailer" | "trailing" = "header";
  /** The begin of a header or a trailer. */
  #held = NOTHING;
  #memberCount = 0;
  #crc32 = 0;

  constructor(handler: MemberHandler) {
    this.#handler = handler;
    this.#inflater = new Inflater({
      tokens: (tokens) => handler.tokens(tokens),
      block: (block, endBits) => handler.block(block, endBits),
      end: (padding) => handler.end(padding),
      output: (bytes) => {
        this.#crc32 = crc32(bytes, this.#crc32);
        handler.output(bytes);
      },
    });
  }

  /**
   * Takes the next bytes of the blob.
   * @throws InflateError `NOT_GZIP`, `MEMBER_HEADER_INVALID`, `CHECKSUM_MISMATCH`,
   *   `LENGTH_MISMATCH`, and those of `Inflater.write`; the reader is of no use after that
   */
  write(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(this.#take(rest));
  }

  /**
   * The blob ends here.
   * @throws InflateError `TRUNCATED`, `NOT_GZIP`
   */
  finish(): void {
    if (this.#state === "trailing") return;
    const begins = beginsMember(this.#held);
    if (this.#state !== "header" || begins === true) {
      throw new InflateError("TRUNCATED", `read gzip member ${this.#memberCount}: the blob ends`);
    }
    if (this.#memberCount === 0) throw notGzip();
    if (this.#held.length > 0) this.#handler.trailing(this.#held);
  }

  /** Returns how many bytes it took. */
  #take(bytes: Uint8Array): number {
    switch (this.#state) {
      case "header":
        return this.#takeHeader(bytes);
      case "stream":
        return this.#takeStream(bytes);
      case "trailer":
        return this.#takeTrailer(bytes);
      case "trailing":
        this.#handler.trailing(bytes);
        return bytes.length;
    }
  }

  #takeHeader(bytes: Uint8Array): number {
    const heldBytes = this.#held.length;
    const taken = this.#hold(bytes, HEADER_PIECE_BYTES);
    const begins = beginsMember(this.#held);
    if (begins === undefined) return taken;
    if (!begins) {
      if (this.#memberCount === 0) throw notGzip();
      this.#handler.trailing(this.#release());
      this.#state = "trailing";
      return taken;
    }
    const headerBytes = memberHeaderBytes(this.#held);
    if (headerBytes === undefined) return taken;
    this.#handler.header(this.#release().subarray(0, headerBytes));
    this.#inflater.reset();
    this.#crc32 = 0;
    this.#state = "stream";
    return headerBytes - heldBytes;
  }

  #takeStream(bytes: Uint8Array): number {
    const taken = this.#inflater.write(bytes);
    this.#handler.stream(bytes.subarray(0, taken));
    if (this.#inflater.ended) this.#state = "trailer";
    return taken;
  }

  #takeTrailer(bytes: Uint8Array): number {
    const taken = this.#hold(bytes, TRAILER_BYTES - this.#held.length);
    if (this.#held.length < TRAILER_BYTES) return taken;
    const trailer = this.#release();
    this.#checkTrailer(new DataView(trailer.buffer, trailer.byteOffset, TRAILER_BYTES));
    this.#handler.member({ outputBytes: this.#inflater.outputBytes, crc32: this.#crc32 });
    this.#memberCount++;
    this.#state = "header";
    return taken;
  }

  #checkTrailer(trailer: DataView): void {
    const checksum = trailer.getUint32(0, true);
    const length = trailer.getUint32(4, true);
    const { outputBytes } = this.#inflater;
    const which = `read gzip member ${this.#memberCount}: trailer with`;
    if (checksum !== this.#crc32) {
      const both = `CRC-32 ${checksum}, computed ${this.#crc32}`;
      throw new InflateError("CHECKSUM_MISMATCH", `${which} ${both}`);
    }
    if (length !== outputBytes % 2 ** 32) {
      throw new InflateError("LENGTH_MISMATCH", `${which} length ${length} of ${outputBytes}`);
    }
  }

  /** Keeps at most `count` bytes with those it holds; returns how many. */
  #hold(bytes: Uint8Array, count: number): number {
    const piece = bytes.subarray(0, count);
    this.#held = Buffer.concat([this.#held, piece]);
    return piece.length;
  }

  #release(): Uint8Array {
    const held = this.#held;
    this.#held = NOTHING;
    return held;
  }
}

function notGzip(): InflateError {
  return new InflateError("NOT_GZIP", "read gzip: the blob does not begin with a gzip member");
}
