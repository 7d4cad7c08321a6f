import { parentPort, workerData } from "node:worker_threads";
import { decodeGzipRecipe, placeSegments, rebuildSegment } from "@shale/deflate";

/** A blob's recipe and its content, and a counter of the segments that were taken, for all threads alike. */
export interface SegmentWork {
  readonly recipe: Uint8Array;
  readonly content: Uint8Array;
  readonly taken: Int32Array;
}

const { recipe, content, taken } = workerData as SegmentWork;
const segments = placeSegments(decodeGzipRecipe(recipe));

/** Makes segments until none is left, and answers with how many bytes they had. */
parentPort!.on("message", () => {
  let madeBytes = 0;
  for (;;) {
    const segment = segments[Atomics.add(taken, 0, 1)];
    if (segment === undefined) break;
    const { offsetBytes, lengthBytes } = segment.needed;
    const needed = content.subarray(offsetBytes, offsetBytes + lengthBytes);
    madeBytes += rebuildSegment(segment, needed).length;
  }
  parentPort!.postMessage(madeBytes);
});
