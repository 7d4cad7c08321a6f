import { decodeRecipe } from "@shale/chunk";
import type { PlacedSegment } from "@shale/deflate";
import type { SegmentMaker } from "../gzip/segment-maker.ts";
import { decodeRecipeBody } from "../packs/blob-record.ts";
import { decodeGzipBody, gzipRangeSums } from "../packs/gzip-body.ts";
import { ContentWindow } from "./content-window.ts";
import { trim } from "./gather.ts";
import type { RawBlob } from "./raw-blob.ts";
import type { RecipeReader, RecipeSource } from "./recipe-reader.ts";

/** Segments that are read ahead beside those that threads work on. */
const AHEAD = 1;

/**
 * A first segment of so much content is made before the next is begun. The first bytes wait for it alone, and it would have to
 * share the cores with one that takes ten times as long.
 */
const SHORT_BYTES = 256 * 1024;

export interface GzipReaderContext {
  readonly recipes: RecipeReader;
  readonly maker: SegmentMaker;
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
  // Most commands make no gzip blob again, and need none of the models.
  const { decodeGzipRecipe, placeSegments } = await import("@shale/deflate");
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

/** The bytes of segments. Each piece is valid until the next is asked for. */
async function* segmentBytes(
  { recipes, maker }: GzipReaderContext,
  source: RecipeSource,
  segments: readonly PlacedSegment[],
): AsyncGenerator<Uint8Array> {
  const begin = segments[0]!.needed.offsetBytes;
  const last = segments.at(-1)!.needed;
  const lengthBytes = last.offsetBytes + last.lengthBytes - begin;
  const content = recipes.read(source, { offsetBytes: begin, lengthBytes });
  const window = new ContentWindow(content, begin);
  const recipe = maker.begin();
  const pending: Promise<Uint8Array>[] = [];
  const isEnough = (): boolean => pending.length > maker.threads + AHEAD;
  async function* next(): AsyncGenerator<Uint8Array> {
    const bytes = await pending.shift()!;
    yield bytes;
    maker.leave(bytes);
  }
  try {
    for (const [at, segment] of segments.entries()) {
      const room = maker.room(segment.needed.lengthBytes);
      const taken = window.fill(room, segment.needed, segments[at + 1]?.needed);
      // Met below, unless the reader leaves before.
      taken.catch(() => {});
      // What is done goes at once: whoever waits for the first byte does not wait for what comes behind it.
      while (pending[0] !== undefined && (isEnough() || (await isFirst(pending[0], taken)))) {
        yield* next();
      }
      await taken;
      if (at === 1 && segments[0]!.contentBytes <= SHORT_BYTES) await pending[0];
      pending.push(maker.make(segment, { content: room, recipe }));
    }
    while (pending.length > 0) yield* next();
  } finally {
    await content.return(undefined);
  }
}

/** Whether a segment is made before the content of another one is there; failures are met by whoever takes them. */
async function isFirst(made: Promise<unknown>, taken: Promise<unknown>): Promise<boolean> {
  const won = (is: boolean) => (): boolean => is;
  return await Promise.race([made.then(won(true), won(true)), taken.then(won(false), won(false))]);
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
