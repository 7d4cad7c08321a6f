/**
 * What a deflate stream is besides its tokens: every choice that its encoder had, so that tokens and
 * block list together are the stream, bit for bit.
 */
export type Block = StoredBlock | FixedBlock | DynamicBlock;

interface AnyBlock {
  /** Whether the stream ends here. */
  readonly final: boolean;
  /** How many bytes of the output come from this block. */
  readonly outputBytes: number;
}

/** Bytes as they are, at most 65,535. */
export interface StoredBlock extends AnyBlock {
  readonly kind: "stored";
  /** The bits before the byte boundary at which the lengths stand; 0 unless an encoder is odd. */
  readonly padding: number;
}

/** Tokens in the codes that RFC 1951 fixes. */
export interface FixedBlock extends AnyBlock {
  readonly kind: "fixed";
  /** Without the end of the block. */
  readonly tokenCount: number;
}

/** Tokens in codes of the block's own. */
export interface DynamicBlock extends AnyBlock {
  readonly kind: "dynamic";
  /** Without the end of the block. */
  readonly tokenCount: number;
  readonly codes: WrittenCodes;
}

/** The codes of a dynamic block as they were written. */
export interface WrittenCodes {
  /** How many lengths are for the literal alphabet, 257 to 286; the others are for distances. */
  readonly literalCount: number;
  /** 1 to 30. */
  readonly distanceCount: number;
  /** Lengths of the code-length code, in the order of the stream: 4 to 19 of them. */
  readonly codeLengths: Uint8Array;
  /** The code lengths, see `run.ts`; each is a symbol of the stream with its extra bits. */
  readonly runs: Uint8Array;
}

/** Successive blocks of a stream: all of them, or a part. Only the last one can be final. */
export interface BlockList {
  readonly blocks: readonly Block[];
  /**
   * The bits between the end of a final block and the byte boundary; 0 unless an encoder is odd, or
   * the list ends before the stream does.
   */
  readonly padding: number;
}

export const STORED_MAX_BYTES = 65_535;
