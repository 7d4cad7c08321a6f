import { decodeRecipe } from "@shale/chunk";
import { ContentError } from "@shale/content";
import { decodeGzipRecipe, type PlacedSegment, placeSegments } from "@shale/deflate";
import { decodeRecipeBody } from "../packs/blob-record.ts";
import { decodeGzipBody, gzipRangeSums } from "../packs/gzip-body.ts";
import type { RebuildJob } from "../workers/gzip-worker.ts";
import type { WorkPool } from "../workers/work-pool.ts";
import { ContentWindow } from "./content-window.ts";
import { trim } from "./gather.ts";
import type { RawBlob } from "./raw-blob.ts";
import type { RecipeReader, RecipeSource } from "./recipe-reader.ts";

/** Segments that are read ahead beside those that threads work on. */
const AHEAD = 1;

export interface GzipReaderContext {
  readonly recipes: RecipeReader;
  readonly workers: WorkPool;
}

/**
 * A settled gzip blob, ready to be made again: in segments, by as many threads as there are. How it is made is decoded with
 * the first byte that is asked for: whoever has a copy asks for none.
 */
export function gzipBlob(context: GzipReaderContext, body: Uint8Array): RawBlob {
  return {
    rangeSums: gzipRangeSums(body),
    bytes: async function* (range) {
      yield* rebuild(context, { ...(await decodeBody(body)), range });
    },
  };
}

interface GzipSource {
  readonly source: RecipeSource;
  readonly segments: readonly PlacedSegment[];
}

async function decodeBody(body: Uint8Array): Promise<GzipSource> {
  const { gzipRecipe, content } = await decodeGzipBody(body);
  const { ops, pages } = await decodeRecipeBody(content);
  const source: RecipeSource = { recipe: decodeRecipe(ops), pages };
  return { source, segments: placeSegments(decodeGzipRecipe(gzipRecipe)) };
}

async function* rebuild(
  context: GzipReaderContext,
  {
    source,
    segments,
    range,
  }: GzipSource & {
    readonly range: { readonly offsetBytes: number; readonly lengthBytes: number };
  },
): AsyncGenerator<Uint8Array> {
  const wanted = segmentsOf(segments, range);
  const first = wanted[0];
  if (first === undefined) return;
  const pieces = segmentBytes(context, source, wanted);
  yield* trim(pieces, {
    skipBytes: range.offsetBytes - first.offsetBytes,
    takeBytes: range.lengthBytes,
  });
}

async function* segmentBytes(
  { recipes, workers }: GzipReaderContext,
  source: RecipeSource,
  segments: readonly PlacedSegment[],
): AsyncGenerator<Uint8Array> {
  const begin = segments[0]!.needed.offsetBytes;
  const last = segments.at(-1)!.needed;
  const lengthBytes = last.offsetBytes + last.lengthBytes - begin;
  const content = recipes.read(source, { offsetBytes: begin, lengthBytes });
  const window = new ContentWindow(content, begin);
  const pending: Promise<Uint8Array>[] = [];
  try {
    for (const segment of segments) {
      const job: RebuildJob = { segment, content: await window.take(segment.needed) };
      pending.push(run(workers, job));
      if (pending.length > workers.threads + AHEAD) yield await pending.shift()!;
    }
    while (pending.length > 0) yield await pending.shift()!;
  } finally {
    await content.return(undefined);
  }
}

function run(workers: WorkPool, job: RebuildJob): Promise<Uint8Array> {
  const transfer = [job.content.buffer as ArrayBuffer];
  const done = workers.run(job, { name: "rebuildJob", transfer }) as Promise<Uint8Array>;
  const bytes = done.catch((cause: Error) => {
    throw new ContentError("CORRUPT", `${cause.message}; run \`shale verify\``, { cause });
  });
  // Met when it is its turn; nobody waits for it when the reader leaves.
  bytes.catch(() => {});
  return bytes;
}

/** The segments that a range touches. */
function segmentsOf(
  segments: readonly PlacedSegment[],
  { offsetBytes, lengthBytes }: { readonly offsetBytes: number; readonly lengthBytes: number },
): PlacedSegment[] {
  if (lengthBytes === 0) return [];
  const end = offsetBytes + lengthBytes;
  return segments.filter(
    (segment) => segment.offsetBytes < end && segment.offsetBytes + segment.blobBytes > offsetBytes,
  );
}
