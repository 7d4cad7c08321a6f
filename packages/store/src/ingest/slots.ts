import { type Arena, type ChunkSizes, createArena } from "@shale/chunk";
import { LIMITS } from "@shale/content";

/** A part of the arena: room for what the previous slab left uncut, then one slab. */
export interface Slot {
  /** Where the slab begins in the arena; before it there is room for one chunk of the largest size. */
  readonly offset: number;
  readonly slab: Uint8Array;
}

const SLOTS = 2 * LIMITS.slabsInFlight;

/**
 * The memory that all ingests of a store share: bytes are read into it, cut in it by WebAssembly, and hashed in it by
 * worker threads, without a copy between. Its size is fixed, so that no view of it is ever detached.
 */
export class SlotPool {
  readonly arena: Arena;
  readonly #free: Slot[] = [];
  readonly #waiting: ((slot: Slot) => void)[] = [];

  constructor(sizes: ChunkSizes) {
    const stride = sizes.maxBytes + LIMITS.slabBytes;
    this.arena = createArena({ sizeBytes: SLOTS * stride, sizes });
    for (let i = 0; i < SLOTS; i++) {
      const offset = i * stride + sizes.maxBytes;
      this.#free.push({
        offset,
        slab: this.arena.bytes.subarray(offset, offset + LIMITS.slabBytes),
      });
    }
  }

  /** First come, first served: nobody who holds slots waits for another one to finish its work. */
  async acquire(): Promise<Slot> {
    const slot = this.#free.pop();
    if (slot) return slot;
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next) next(slot);
    else this.#free.push(slot);
  }
}
