/*
 * What a thread that digests files and its owner share. How much of a file there is, and where it ends, is told in shared memory; a
 * message crosses only when a file begins and when it is over.
 */

/** What crosses to the thread: a file that is open. */
export interface FollowedFile {
  readonly id: number;
  readonly fd: number;
  readonly extent: Extent;
}

/** What crosses back; of a file that was dropped, its id alone. */
export interface FollowedAnswer {
  readonly id: number;
  readonly digest?: FileDigest;
  readonly failure?: unknown;
}

/** What all bytes of a file are. */
export interface FileDigest {
  readonly sha256: Uint8Array;
  /** crc32 of each MiB. */
  readonly rangeSums: Uint32Array;
}

/** Rung by adding to it: the thread sleeps as long as nothing changes. */
export type Bell = Int32Array<SharedArrayBuffer>;

/** The file may be read up to `[AVAILABLE]`, and is over at `[END]`. */
export type Extent = BigInt64Array<SharedArrayBuffer>;
export const AVAILABLE = 0;
export const END = 1;
/** In place of an end. */
export const NOT_YET: bigint = -1n;
export const DROPPED: bigint = -2n;

export function newExtent(): Extent {
  return new BigInt64Array(new SharedArrayBuffer(16)).fill(NOT_YET, END) as Extent;
}

export function newBell(): Bell {
  return new Int32Array(new SharedArrayBuffer(4));
}

export function ring(bell: Bell): void {
  Atomics.add(bell, 0, 1);
  Atomics.notify(bell, 0);
}
