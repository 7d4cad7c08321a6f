/** What the WebAssembly module of a family exports, besides its own `start`. */
export interface EncoderExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Where the next bytes belong. */
  inputOffset(): number;
  /** How many bytes may be put there now; at least 1. */
  inputRoom(): number;
  /** Takes bytes that were put there. */
  push(bytes: number): void;
  finish(): void;
  outputOffset(): number;
  outputBytes(): number;
  clearOutput(): void;
  /**
   * Right after `start`: the output is each token of the match finder as a little-endian u32, and
   * no deflate bits.
   */
  tokensOnly(): void;
  /** Saves the state once, at the next boundary between blocks. */
  askCheckpoint(): void;
  /** Where the state is saved, and where it belongs before `resume`. */
  checkpointOffset(): number;
  /** The size of the state that was saved since it was asked for, or 0. */
  checkpointBytes(): number;
  /** Bytes of input before the place where the saved state goes on, since `start` or `resume`. */
  checkpointInput(): number;
  /** Whole bytes of output before that place; bits of a byte that was not full are in the state. */
  checkpointOutput(): number;
  /** How many bytes before a checkpoint `resume` needs at most. */
  historyRoom(): number;
  /**
   * Goes on at a checkpoint, after `start` and perhaps `tokensOnly`. Its state is at
   * `checkpointOffset()`. The input before it is at `inputOffset()`: `historyRoom()` bytes of it,
   * or all when there are fewer.
   */
  resume(stateBytes: number, historyBytes: number): void;
}
