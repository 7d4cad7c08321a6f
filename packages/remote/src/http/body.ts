import type { Dispatcher } from "undici";
import { REMOTE_LIMITS } from "../limits.ts";

type Controller = Pick<Dispatcher.DispatchController, "pause" | "resume" | "abort">;

/**
 * The body of an answer, gathered as it comes: to whoever reads it, each piece costs as much as a piece eight times as long
 * (measured: a pull of 500 MB in pieces of 64 KiB, as sockets give them, took a tenth longer). Pieces are borrowed until the
 * next is asked for. What came before a connection broke is given before the error.
 */
export class Body implements AsyncIterable<Uint8Array> {
  readonly #controller: Controller;
  /** What is to come, where that is known. */
  #expectedBytes: number;
  #room: Uint8Array | undefined;
  #gatheredBytes = 0;
  /** Full rooms, the oldest first. */
  readonly #full: Uint8Array[] = [];
  /** One that was read. */
  #spare: Uint8Array | undefined;
  #isPaused = false;
  /** Whoever reads has waited for long enough, and takes what there is. */
  #isDue = false;
  #wake: (() => void) | undefined;
  #end: { readonly error: Error | undefined } | undefined;
  /** Bytes that may still come and be thrown away. */
  #droppableBytes: number | undefined;

  constructor(controller: Controller, sizeBytes: number | undefined) {
    this.#controller = controller;
    this.#expectedBytes = sizeBytes ?? Number.POSITIVE_INFINITY;
  }

  /** More of it came. The bytes are borrowed. */
  push(bytes: Uint8Array): void {
    if (this.#droppableBytes !== undefined) {
      this.#droppableBytes -= bytes.length;
      if (this.#droppableBytes < 0) this.destroy();
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const room = this.#room ?? this.#takeRoom();
      this.#room = room;
      const part = bytes.subarray(at, at + room.length - this.#gatheredBytes);
      room.set(part, this.#gatheredBytes);
      this.#gatheredBytes += part.length;
      this.#expectedBytes -= part.length;
      at += part.length;
      if (this.#gatheredBytes === room.length) this.#closeRoom(room);
    }
    if (this.#full.length > 0 || this.#isDue) this.#wake?.();
    if (this.#full.length > 1 && !this.#isPaused) {
      this.#isPaused = true;
      this.#controller.pause();
    }
  }

  /** Nothing more comes. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      for (;;) {
        const piece = this.#take();
        if (piece !== undefined) {
          yield piece;
          if (piece.buffer.byteLength === REMOTE_LIMITS.pieceBytes) {
            this.#spare = new Uint8Array(piece.buffer);
          }
        } else if (this.#end === undefined) {
          await this.#more();
        } else if (this.#end.error !== undefined) {
          throw this.#end.error;
        } else {
          return;
        }
      }
    } finally {
      this.destroy();
    }
  }

  /** Throws away what comes, so that the connection can be used again; closes it when that is more than the limit. */
  async drop(limitBytes: number): Promise<void> {
    this.#droppableBytes = limitBytes;
    const isKnown = Number.isFinite(this.#expectedBytes);
    if (isKnown && this.#expectedBytes > limitBytes) this.destroy();
    this.#resume();
    while (this.#end === undefined) await this.#more();
  }

  /** Closes the connection, unless all came. */
  destroy(): void {
    if (this.#end !== undefined) return;
    this.end();
    this.#controller.abort(new Error("nobody reads on"));
  }

  #takeRoom(): Uint8Array {
    const { pieceBytes } = REMOTE_LIMITS;
    if (this.#expectedBytes > 0 && this.#expectedBytes < pieceBytes) {
      return new Uint8Array(this.#expectedBytes);
    }
    const room = this.#spare ?? Buffer.allocUnsafeSlow(pieceBytes);
    this.#spare = undefined;
    return room;
  }

  #closeRoom(room: Uint8Array): void {
    this.#full.push(room);
    this.#room = undefined;
    this.#gatheredBytes = 0;
  }

  #take(): Uint8Array | undefined {
    const piece = this.#full.shift() ?? this.#takePart();
    if (piece !== undefined) this.#isDue = false;
    this.#resume();
    return piece;
  }

  /** What is in a room that is not full, when nothing more comes, or not soon. */
  #takePart(): Uint8Array | undefined {
    const room = this.#room;
    if (room === undefined || !(this.#isDue || this.#end !== undefined)) return undefined;
    const part = room.subarray(0, this.#gatheredBytes);
    this.#room = undefined;
    this.#gatheredBytes = 0;
    return part;
  }

  #resume(): void {
    if (!this.#isPaused || this.#end !== undefined) return;
    this.#isPaused = false;
    this.#controller.resume();
  }

  /** Waits until a room is full, or for a while: a slow network should be seen to go on. */
  async #more(): Promise<void> {
    const timer = setTimeout(() => {
      this.#isDue = true;
      if (this.#gatheredBytes > 0) this.#wake?.();
    }, REMOTE_LIMITS.gatherMs);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    clearTimeout(timer);
  }
}
