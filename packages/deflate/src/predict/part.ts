import type { Block } from "../inflate/block.ts";

/** One part of a stream: whole blocks, what they cover, and up to 32 KiB of what is before it. */
export interface Part {
  readonly history: Uint8Array;
  readonly input: Uint8Array;
  readonly blocks: readonly Block[];
}
