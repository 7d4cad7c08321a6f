import { crc32 } from "node:zlib";
import { writeBlocks } from "../inflate/block-writer.ts";
import { InflateError } from "../inflate/errors.ts";
import { ModelRun } from "../models/model-run.ts";
import type { Instances } from "../models/registry.ts";
import { decodeTokens } from "../predict/token-codec.ts";
import { Output } from "./output.ts";
import { CONTEXT_BYTES, type PlacedSegment } from "./placed.ts";
import type {
  ExactPart,
  MemberPart,
  Part,
  PredictedPart,
  StreamPart,
  TokenPart,
} from "./recipe.ts";
import { blockTokens } from "./token-part.ts";

/** Input goes to a model in pieces of this size. */
const PIECE_BYTES = 32 * 1024;
/** And behind its part in such ones, so that it stops soon after what it has to make. */
const LAST_PIECE_BYTES = 1024;
const WINDOW_BYTES = 32 * 1024;
const TRAILER_BYTES = 8;
/** More than a block's header takes, or a trailer. */
const BLOCK_MOST_BYTES = 1024;

/** Content around a part: where the part begins in it, and what of its stream lies around. */
export interface Place {
  readonly content: Uint8Array;
  readonly at: number;
  /** Content of the stream before `at`, which may be more than is here. */
  readonly streamBefore: number;
  /** Content of the stream behind the part, which may be more than is here. */
  readonly streamAfter: number;
  readonly instances: Instances | undefined;
}

export interface RebuildOptions {
  /** Where the bytes are put, as many as the segment has; by default somewhere new. */
  readonly into?: Uint8Array;
  /** For all segments of one recipe, and no other's. */
  readonly instances?: Instances;
}

/**
 * Makes the bytes of a segment from the content that it needs.
 * @throws InflateError `RECIPE_MISMATCH`, `MODEL_UNKNOWN`
 */
export function rebuildSegment(
  segment: PlacedSegment,
  content: Uint8Array,
  { into, instances }: RebuildOptions = {},
): Uint8Array {
  const { needed, parts, blobBytes } = segment;
  if (content.length !== needed.lengthBytes) throw mismatch(`${content.length} bytes of content`);
  if (blobBytes > mostBytes(parts)) throw mismatch(`${blobBytes} bytes of a blob`);
  const bytes = into ?? new Uint8Array(blobBytes);
  if (bytes.length !== blobBytes) throw mismatch(`room for ${bytes.length} bytes`);
  const output = new Output(bytes);
  let at = segment.contentOffset - needed.offsetBytes;
  let { streamBefore } = segment;
  for (const part of parts) {
    if (part.kind === "verbatim") {
      output.put(part.bytes);
      streamBefore = 0;
      continue;
    }
    if (part.kind === "member") {
      putMember(output, part, content.subarray(at, at + part.contentBytes));
    } else {
      const streamAfter = part.final ? 0 : segment.streamAfter;
      const place = { content, at, streamBefore, streamAfter, instances };
      putStream(output.part(part.blobBytes), part, place);
    }
    at += part.contentBytes;
    streamBefore = part.kind === "member" || part.final ? 0 : streamBefore + part.contentBytes;
  }
  if (!output.isFull) throw mismatch("too few bytes come out");
  return bytes;
}

/** More than parts can give: a byte of content is at most two of the blob, besides what blocks begin with. */
function mostBytes(parts: readonly Part[]): number {
  let bytes = 0;
  for (const part of parts) {
    if (part.kind === "verbatim") {
      bytes += part.bytes.length;
      continue;
    }
    const blocks = "list" in part ? part.list.blocks.length : 1;
    const headerBytes = part.kind === "member" ? part.header.length : 0;
    bytes += headerBytes + 2 * part.contentBytes + BLOCK_MOST_BYTES * (1 + blocks);
  }
  return bytes;
}

function putMember(output: Output, { header, model }: MemberPart, content: Uint8Array): void {
  output.put(header);
  using run = new ModelRun(model);
  run.push(content, output.put);
  run.finish(output.put);
  output.put(trailerOf({ crc32: crc32(content), outputBytes: content.length }));
}

/** The end of a member: CRC-32 and length of its content. */
export function trailerOf(member: {
  readonly crc32: number;
  readonly outputBytes: number;
}): Uint8Array {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(member.crc32, 0);
  trailer.writeUInt32LE(member.outputBytes % 2 ** 32, 4);
  return trailer;
}

function putStream(output: Output, part: StreamPart, place: Place): void {
  if (part.kind === "exact") putExact(output, part, place);
  else putBlocks(output, part, place);
  if (!output.isFull) throw mismatch("a part is too short");
}

function putExact(output: Output, part: ExactPart, place: Place): void {
  const options = {
    bytes: part.contentBytes,
    emit: part.final ? output.put : output.putFirst,
    isDone: () => !part.final && output.isFull,
  };
  runModel(part, place, options);
}

function putBlocks(output: Output, part: TokenPart | PredictedPart, place: Place): void {
  const { content, at, streamBefore } = place;
  const input = content.subarray(at, at + part.contentBytes);
  const { list, begin } = part;
  let tokens: Uint32Array;
  if (part.kind === "tokens") {
    tokens = tokensByModel(part, place);
  } else {
    const history = content.subarray(Math.max(0, at - Math.min(streamBefore, WINDOW_BYTES)), at);
    tokens = decodeTokens({ history, input, blocks: list.blocks }, part.code);
  }
  writeBlocks(list, { tokens, output: input, begin, emit: output.put });
}

function tokensByModel(part: TokenPart, place: Place): Uint32Array {
  const { leadBytes, contentBytes } = part;
  const lead = { ...place, at: place.at - leadBytes, streamBefore: place.streamBefore - leadBytes };
  if (lead.at < 0 || lead.streamBefore < 0) throw mismatch("a lead before the content");
  return blockTokens(part, place, (emit, isDone) => {
    runModel(part, lead, { bytes: leadBytes + contentBytes, emit, isDone, tokensOnly: true });
  });
}

/** Has a model go on, and gives it the content, and of what follows as much as it needs to make all of it. */
function runModel(
  { model, resume }: ExactPart | TokenPart,
  { content, at, streamBefore, streamAfter, instances }: Place,
  options: {
    readonly bytes: number;
    readonly emit: (bytes: Uint8Array) => void;
    readonly isDone: () => boolean;
    readonly tokensOnly?: boolean;
  },
): void {
  const { bytes, emit, isDone, tokensOnly = false } = options;
  const begin = at + (resume?.aheadBytes ?? 0);
  const partEnd = at + bytes;
  const end = partEnd + Math.min(streamAfter, CONTEXT_BYTES);
  const history = content.subarray(Math.max(0, at - streamBefore), begin);
  using run = new ModelRun(model, {
    tokensOnly,
    instances,
    ...(resume && { resume: { state: resume.state, history } }),
  });
  for (let from = begin; from < end && !isDone(); ) {
    const isBehind = from >= partEnd;
    const to = isBehind
      ? Math.min(end, from + LAST_PIECE_BYTES)
      : Math.min(partEnd, from + PIECE_BYTES);
    run.push(content.subarray(from, to), emit);
    from = to;
  }
  if (streamAfter <= CONTEXT_BYTES && !isDone()) run.finish(emit);
}

function mismatch(what: string): InflateError {
  return new InflateError("RECIPE_MISMATCH", `make gzip blob: ${what}; the recipe is of another`);
}
