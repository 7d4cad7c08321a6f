/** Copying a smaller piece costs less than a write with one piece more. */
const GIVEN_MIN_BYTES = 8 * 1024;

/** Bytes that wait to be written together, in order: copies, which lie side by side in a room, and what was given, as it is. */
export class Gathering {
  readonly pieces: Uint8Array[] = [];
  readonly #takeRoom: () => Uint8Array;
  #room: Uint8Array | undefined;
  #sizeBytes = 0;
  #copiedBytes = 0;
  /** Where the copies begin that the last piece consists of; nothing when it was given. */
  #lastFrom: number | undefined;

  /** @param takeRoom gives a room that is as large as all that is gathered may become */
  constructor(takeRoom: () => Uint8Array) {
    this.#takeRoom = takeRoom;
  }

  /** Where copies are, if there are any. */
  get room(): Uint8Array | undefined {
    return this.#room;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(bytes: Uint8Array, { isGiven }: { readonly isGiven: boolean }): void {
    if (isGiven && bytes.length >= GIVEN_MIN_BYTES) this.#give(bytes);
    else this.#copy(bytes);
    this.#sizeBytes += bytes.length;
  }

  #give(bytes: Uint8Array): void {
    this.pieces.push(bytes);
    this.#lastFrom = undefined;
  }

  #copy(bytes: Uint8Array): void {
    this.#room ??= this.#takeRoom();
    this.#room.set(bytes, this.#copiedBytes);
    if (this.#lastFrom === undefined) this.#lastFrom = this.#copiedBytes;
    else this.pieces.pop();
    this.#copiedBytes += bytes.length;
    this.pieces.push(this.#room.subarray(this.#lastFrom, this.#copiedBytes));
  }
}
