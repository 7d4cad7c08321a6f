import type { GzipRecipe, Part, Segment } from "./recipe.ts";

/** A segment, where it is, and what of the content is needed to make it. */
export interface PlacedSegment extends Segment {
  /** Of the blob. */
  readonly offsetBytes: number;
  /** Where its content begins; what it needs begins at or before that. */
  readonly contentOffset: number;
  readonly needed: { readonly offsetBytes: number; readonly lengthBytes: number };
  /** Content of its first stream that lies before it, and of its last one that lies behind it. */
  readonly streamBefore: number;
  readonly streamAfter: number;
}

/**
 * No model looks further back or ahead than this from where it is: windows are of 32 KiB, buffers of 64 KiB, and a block of
 * pgzip is cut when the next byte comes.
 */
export const CONTEXT_BYTES: number = 128 * 1024;

/** The segments of a recipe with their places. */
export function placeSegments({ segments }: GzipRecipe): PlacedSegment[] {
  const streamAfter = streamsAfter(segments);
  let offsetBytes = 0;
  let contentOffset = 0;
  let streamBefore = 0;
  return segments.map((segment, index) => {
    const after = streamAfter[index]!;
    const before = Math.min(streamBefore, CONTEXT_BYTES + leadOf(segment.parts));
    const placed: PlacedSegment = {
      ...segment,
      offsetBytes,
      contentOffset,
      streamBefore,
      streamAfter: after,
      needed: {
        offsetBytes: contentOffset - before,
        lengthBytes: before + segment.contentBytes + Math.min(after, CONTEXT_BYTES),
      },
    };
    offsetBytes += segment.blobBytes;
    contentOffset += segment.contentBytes;
    streamBefore = streamAtEnd(segment.parts, streamBefore);
    return placed;
  });
}

/** For each segment the content of its last stream that lies in those behind it. */
function streamsAfter(segments: readonly Segment[]): number[] {
  let after = 0;
  return segments
    .toReversed()
    .map(({ parts }) => {
      const here = after;
      after = streamAtBegin(parts, after);
      return here;
    })
    .toReversed();
}

/** How much content of the stream that is under way at the begin lies from here on. */
function streamAtBegin(parts: readonly Part[], after: number): number {
  let bytes = 0;
  for (const part of parts) {
    if (part.kind === "verbatim" || part.kind === "member") return bytes;
    bytes += part.contentBytes;
    if (part.final) return bytes;
  }
  return bytes + after;
}

/** How much content of the stream that is under way at the end lies before it. */
function streamAtEnd(parts: readonly Part[], before: number): number {
  let bytes = before;
  for (const part of parts) {
    const ends = part.kind === "verbatim" || part.kind === "member" || part.final;
    bytes = ends ? 0 : bytes + part.contentBytes;
  }
  return bytes;
}

function leadOf(parts: readonly Part[]): number {
  const first = parts[0];
  return first?.kind === "tokens" ? first.leadBytes : 0;
}
