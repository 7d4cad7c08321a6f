/** Makes the deflate stream of one gzip member again. Same bytes in, same bytes out, however they are split. */
export interface Encoder {
  /** Takes the next bytes; hands what is ready to `emit` (a view that is valid during the call). */
  write(bytes: Uint8Array, emit: (bytes: Uint8Array) => void): void;
  /** Ends the stream. An encoder makes one. */
  finish(emit: (bytes: Uint8Array) => void): void;
}
