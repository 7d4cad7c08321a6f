/** Recipes of all that can be written, also such as fit no content. */
import fc from "fast-check";
import { FIRST_BITS_MAX, type FirstBits } from "../inflate/bit-output.ts";
import type { BlockList } from "../inflate/block.ts";
import type {
  GzipRecipe,
  MemberPart,
  Part,
  Resume,
  Segment,
  StreamPart,
  VerbatimPart,
} from "../recipe/recipe.ts";
import { oddStream } from "./inflate/odd-streams.ts";

const count = fc.oneof(fc.nat(300), fc.nat(2 ** 30));
const bytes = fc.uint8Array({ maxLength: 40 });
const model = fc.constantFrom("go/6", "klauspost/5/E", "a", "");

const verbatim: fc.Arbitrary<VerbatimPart> = bytes.map((some) => ({
  kind: "verbatim",
  bytes: some,
}));
const member: fc.Arbitrary<MemberPart> = fc
  .tuple(bytes, model, count)
  .map(([header, id, contentBytes]) => ({ kind: "member", header, model: id, contentBytes }));
const resume: fc.Arbitrary<Resume | undefined> = fc.option(
  fc.record({ state: bytes, aheadBytes: fc.nat(1000) }),
  { nil: undefined },
);
const begin: fc.Arbitrary<FirstBits> = fc
  .tuple(fc.nat(FIRST_BITS_MAX), fc.nat())
  .map(([bitCount, bits]) => ({ count: bitCount, bits: bits % 2 ** bitCount }));

interface Written {
  readonly list: BlockList;
  readonly contentBytes: number;
  readonly final: boolean;
}

/** Blocks of a stream, or the first of them. */
const written: fc.Arbitrary<Written> = fc
  .tuple(oddStream, fc.boolean())
  .map(([{ list }, isCut]) => {
    const final = !isCut || list.blocks.length < 2;
    const blocks = final ? list.blocks : list.blocks.slice(0, -1);
    const contentBytes = blocks.reduce((sum, block) => sum + block.outputBytes, 0);
    return { list: { blocks, padding: final ? list.padding : 0 }, contentBytes, final };
  });

const stream: fc.Arbitrary<StreamPart> = fc.oneof(
  fc
    .tuple(model, resume, count, count, fc.boolean())
    .map(([id, state, contentBytes, blobBytes, final]) => {
      return { kind: "exact" as const, model: id, resume: state, contentBytes, blobBytes, final };
    }),
  fc
    .tuple(model, resume, written, begin, count, count, fc.array(fc.boolean()))
    .map(([id, state, blocks, first, leadBytes, blobBytes, isLiteral]) => ({
      ...{ kind: "tokens" as const, model: id, resume: state, leadBytes, blobBytes, begin: first },
      ...blocks,
      literalBlocks: blocks.list.blocks.flatMap((_, index) => (isLiteral[index] ? [index] : [])),
    })),
  fc.tuple(written, begin, bytes, count).map(([blocks, first, code, blobBytes]) => {
    return { kind: "predicted" as const, begin: first, code, blobBytes, ...blocks };
  }),
);

const segment: fc.Arbitrary<Segment> = fc
  .tuple(count, fc.array(fc.oneof(verbatim, member, stream), { maxLength: 4 }))
  .map(([blobBytes, some]) => {
    const parts = upToOpen(some);
    const contentBytes = parts.reduce((sum, part) => sum + contentOf(part), 0);
    return { blobBytes, contentBytes, parts };
  });

export const someRecipe: fc.Arbitrary<GzipRecipe> = fc
  .array(segment, { maxLength: 4 })
  .map((segments) => ({
    sizeBytes: segments.reduce((sum, { blobBytes }) => sum + blobBytes, 0),
    contentBytes: segments.reduce((sum, { contentBytes }) => sum + contentBytes, 0),
    segments,
  }));

/** The parts up to the first one that leaves its stream open, which ends a segment. */
function upToOpen(parts: readonly Part[]): Part[] {
  const open = parts.findIndex((part) => "final" in part && !part.final);
  return open < 0 ? [...parts] : parts.slice(0, open + 1);
}

function contentOf(part: Part): number {
  return part.kind === "verbatim" ? 0 : part.contentBytes;
}
