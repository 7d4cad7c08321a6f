import { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";

export interface TarMember {
  readonly header: Header;
  /** How many came before it. */
  readonly member: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The members of a tar in their order; the bytes of one are for the time until the next is asked for. */
export async function* members(tar: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
  const reader = extract();
  const source = Readable.from(tar);
  source.on("error", (error) => reader.destroy(error));
  source.pipe(reader);
  try {
    let member = 0;
    for await (const entry of reader) {
      yield { header: entry.header, member: member++, bytes: entry as AsyncIterable<Uint8Array> };
      entry.resume();
    }
  } finally {
    source.destroy();
    reader.destroy();
  }
}

/** Reads members one after the other. The tar is opened again only for one that was passed already. */
export class MemberCursor {
  readonly #open: () => AsyncIterable<Uint8Array>;
  #members: AsyncGenerator<TarMember> | undefined;
  #passed = 0;

  constructor(open: () => AsyncIterable<Uint8Array>) {
    this.#open = open;
  }

  async *read(wanted: number): AsyncGenerator<Uint8Array> {
    if (this.#members === undefined || wanted < this.#passed) {
      await this.#members?.return(undefined);
      this.#members = members(this.#open());
      this.#passed = 0;
    }
    for (;;) {
      const { done, value } = await this.#members.next();
      if (done === true) {
        this.#members = undefined;
        return;
      }
      this.#passed = value.member + 1;
      if (value.member === wanted) return yield* value.bytes;
    }
  }
}
