import { InflateError } from "../inflate/errors.ts";
import { type Member, type MemberHandler, MemberReader } from "../inflate/member-reader.ts";
import { trailerOf } from "../recipe/rebuild.ts";
import type { GzipRecipe, StreamPart } from "../recipe/recipe.ts";
import { candidates } from "./candidates.ts";
import { RecipeBuilder } from "./recipe-builder.ts";
import { type Guess, StreamSearch } from "./stream-search.ts";
import { Stretch } from "./stretch.ts";
import { Worth } from "./worth.ts";

/** Blobs with more than this behind their last member are odd enough to be kept as they are. */
const TRAILING_MAX_BYTES = 1024 * 1024;
const TRAILER_BYTES = 8;
/** The blob is looked at in pieces: a byte of it may give a thousand bytes of content. */
const PIECE_BYTES = 8 * 1024;
/** How many of the guesses that were right last are tried first. */
const RECENT_MAX = 3;
/** Trying all models takes about as long as going through so much content. */
const ALL_MODELS_BYTES = 1024 * 1024;
/** For how many members all models are tried in any case. */
const ALL_MODELS_MEMBERS = 8;

/** One member of the blob while its stream is read. */
interface MemberSearch {
  readonly header: Uint8Array;
  readonly search: StreamSearch;
  /** Parts wait for the member's end as long as there is only one. */
  only: StreamPart | undefined;
  partCount: number;
}

/**
 * Finds a recipe for a gzip blob that it gets in pieces. Memory is bounded: it looks at a stretch of the blob at a time.
 *
 * It is found by trying, but it is right: what it says makes the bytes that were seen. Whoever drops the blob makes it
 * again first, from what was stored.
 */
export class RecipeFinder implements Disposable {
  readonly #reader: MemberReader;
  readonly #builder = new RecipeBuilder();
  readonly #worth = new Worth();
  #current: MemberSearch | undefined;
  readonly #stretch = new Stretch();
  /** What was right, the last one first. */
  #recent: readonly Guess[] = [];
  #contentBytes = 0;
  /** How often all models were tried. */
  #wideSearches = 0;
  #trailingBytes = 0;

  constructor() {
    const handler: MemberHandler = {
      header: (bytes) => this.#begin(bytes.slice()),
      stream: (bytes) => this.#advance(bytes),
      tokens: (tokens) => this.#stretch.tokens.add(tokens),
      output: (bytes) => this.#stretch.content.add(bytes),
      block: (block, endBits) => this.#stretch.addBlock(block, endBits),
      end: (padding) => {
        this.#stretch.padding = padding;
      },
      member: (member) => this.#end(member),
      trailing: (bytes) => this.#trailing(bytes),
    };
    this.#reader = new MemberReader(handler);
  }

  /**
   * Takes the next bytes of the blob.
   * @throws InflateError `NO_RECIPE`, or why the blob is no gzip; the finder is of no use after that
   */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      this.#reader.write(bytes.subarray(at, at + PIECE_BYTES));
    }
  }

  /**
   * The recipe, when the blob ends here.
   * @throws InflateError `TRUNCATED`, `NOT_GZIP`
   */
  finish(): GzipRecipe {
    this.#reader.finish();
    return this.#builder.finish();
  }

  [Symbol.dispose](): void {
    this.#current?.search[Symbol.dispose]();
  }

  #begin(header: Uint8Array): void {
    this.#stretch.clear();
    const search = new StreamSearch(this.#stretch, {
      recent: this.#recent,
      models: () => this.#modelsFor(header),
      onPart: (part) => this.#addPart(part),
    });
    this.#current = { header, search, only: undefined, partCount: 0 };
  }

  /** All models, or none when they were tried too often, in vain, for what the blob has of content. */
  #modelsFor(header: Uint8Array): readonly string[] {
    const affordable = ALL_MODELS_MEMBERS + this.#contentBytes / ALL_MODELS_BYTES;
    if (this.#wideSearches >= affordable) return [];
    this.#wideSearches++;
    return candidates(header);
  }

  #advance(bytes: Uint8Array): void {
    this.#stretch.stream.add(bytes);
    this.#current!.search.advance();
  }

  #addPart(part: StreamPart): void {
    const current = this.#current!;
    this.#worth.add(part);
    this.#contentBytes += part.contentBytes;
    if (part.kind !== "predicted") this.#remember(part);
    current.partCount++;
    if (current.partCount === 1 && part.final && part.kind === "exact") {
      current.only = part;
      return;
    }
    if (current.partCount === 1) this.#builder.verbatim(current.header);
    this.#builder.stream(part);
  }

  #remember({ kind, model }: Guess): void {
    const [last] = this.#recent;
    if (last?.kind === kind && last.model === model) return;
    const others = this.#recent.filter((guess) => guess.kind !== kind || guess.model !== model);
    this.#recent = [{ kind, model }, ...others].slice(0, RECENT_MAX);
  }

  #end(member: Member): void {
    const { header, only } = this.#current!;
    if (only?.kind === "exact") {
      const { model, contentBytes } = only;
      const blobBytes = header.length + only.blobBytes + TRAILER_BYTES;
      this.#builder.member(header, { model, contentBytes, blobBytes });
    } else {
      this.#builder.verbatim(trailerOf(member));
    }
    this.#builder.endMember();
    this.#current = undefined;
  }

  #trailing(bytes: Uint8Array): void {
    this.#trailingBytes += bytes.length;
    if (this.#trailingBytes > TRAILING_MAX_BYTES) {
      const message = `find recipe: more than ${TRAILING_MAX_BYTES} bytes after the last member`;
      throw new InflateError("NO_RECIPE", message);
    }
    this.#builder.verbatim(bytes);
  }
}
