/**
 * The bytes of a recipe, version 1.
 *
 *     recipe   ┌────────────┬───────────┬──────────────┬────┬────┬┄
 *              │ version: 1 │ sizeBytes │ literalBytes │ op │ op │
 *              └────────────┴───────────┴──────────────┴────┴────┴┄
 *     literal  ┌───────────────┐
 *              │ 2 × sizeBytes │
 *              └───────────────┘
 *     run      ┌───────────────┬──────────────┬───────────┐
 *              │ 2 × count + 1 │ ordinal step │ sizeBytes │
 *              └───────────────┴──────────────┴───────────┘
 *
 * The version is one byte, every other field a varint: LEB128, at most 2^53 - 1, never longer than
 * it needs to be. The ordinal step leads from the end of the run before (0 at first) to the first
 * ordinal of this one, zigzag encoded: 0 when content is new, since new chunks get their ordinals
 * in the order of the blob. So a file of new content and its header take about six bytes.
 *
 * There is one encoding of a recipe. Sizes and counts are at least 1, a chunk has at least one
 * byte, and neighbours that could be one op are one: no literal follows a literal, no run goes on
 * where the one before it ended. `sizeBytes` and `literalBytes` are the sums over the ops, so that
 * a recipe which was cut short is not taken for a shorter one.
 */
import {
  ORDINAL_LIMIT,
  RECIPE_MAX_BYTES,
  type Recipe,
  RecipeError,
  type RecipeOp,
} from "./recipe.ts";
import { unzigzag, VarintReader, VarintWriter, zigzag } from "./varint.ts";

const VERSION = 1;

/** Encodes ops. Neighbours that could be one must be one already. */
export class OpWriter {
  readonly #out = new VarintWriter();
  #runEnd = 0;

  get sizeBytes(): number {
    return this.#out.sizeBytes;
  }

  write(op: RecipeOp): void {
    if (op.kind === "literal") {
      this.#out.write(2 * op.sizeBytes);
      return;
    }
    this.#out.write(2 * op.count + 1);
    this.#out.write(zigzag(op.firstOrdinal - this.#runEnd));
    this.#out.write(op.sizeBytes);
    this.#runEnd = op.firstOrdinal + op.count;
  }

  toBytes(): Uint8Array {
    return this.#out.toBytes();
  }
}

/**
 * Decodes the ops of a recipe one by one, with what each has to keep to.
 * @throws RecipeError `RECIPE_INVALID`
 */
export function* recipeOps(recipe: Pick<Recipe, "ops">): Generator<RecipeOp, void, undefined> {
  const reader = new VarintReader(recipe.ops);
  let before: RecipeOp["kind"] | undefined;
  let runEnd = 0;
  while (!reader.atEnd) {
    const at = reader.at;
    const head = reader.read();
    const op = head === undefined ? undefined : readOp(reader, { head, runEnd });
    if (op === undefined || isOneWith(op, { before, runEnd })) throw invalid(`op at byte ${at}`);
    yield op;
    before = op.kind;
    if (op.kind === "run") runEnd = op.firstOrdinal + op.count;
  }
}

function readOp(
  reader: VarintReader,
  { head, runEnd }: { readonly head: number; readonly runEnd: number },
): RecipeOp | undefined {
  if (head % 2 === 0) {
    return head === 0 ? undefined : { kind: "literal", sizeBytes: head / 2 };
  }
  const count = (head - 1) / 2;
  const step = reader.read();
  const sizeBytes = reader.read();
  if (step === undefined || sizeBytes === undefined) return undefined;
  const firstOrdinal = runEnd + unzigzag(step);
  const inBounds = firstOrdinal >= 0 && firstOrdinal + count <= ORDINAL_LIMIT;
  if (!inBounds || count === 0 || sizeBytes < count) return undefined;
  return { kind: "run", firstOrdinal, count, sizeBytes };
}

/** Whether `op` should have been part of the op before it. */
function isOneWith(
  op: RecipeOp,
  last: { readonly before: RecipeOp["kind"] | undefined; readonly runEnd: number },
): boolean {
  if (op.kind !== last.before) return false;
  return op.kind === "literal" || op.firstOrdinal === last.runEnd;
}

export function encodeRecipe(recipe: Recipe): Uint8Array {
  const header = new VarintWriter();
  header.write(VERSION);
  header.write(recipe.sizeBytes);
  header.write(recipe.literalBytes);
  return Buffer.concat([header.toBytes(), recipe.ops]);
}

/**
 * The recipe that `bytes` are, checked to its end in one pass and in no memory: it keeps a view of
 * `bytes`.
 * @throws RecipeError `RECIPE_VERSION`, `RECIPE_INVALID`, whatever the bytes are
 */
export function decodeRecipe(bytes: Uint8Array): Recipe {
  if (bytes.length > 0 && bytes[0] !== VERSION) {
    throw new RecipeError(
      "RECIPE_VERSION",
      `decode recipe: version ${bytes[0]} is not known here, only ${VERSION}: use a newer program`,
    );
  }
  const header = new VarintReader(bytes, 1);
  const sizeBytes = header.read();
  const literalBytes = header.read();
  if (sizeBytes === undefined || literalBytes === undefined) throw invalid("header");
  if (sizeBytes > RECIPE_MAX_BYTES) throw invalid(`size of ${sizeBytes} bytes`);

  const recipe = { sizeBytes, literalBytes, ops: bytes.subarray(header.at) };
  let sumBytes = 0;
  let literalSumBytes = 0;
  for (const op of recipeOps(recipe)) {
    sumBytes += op.sizeBytes;
    if (op.kind === "literal") literalSumBytes += op.sizeBytes;
    if (sumBytes > sizeBytes) break;
  }
  if (sumBytes !== sizeBytes || literalSumBytes !== literalBytes) {
    throw invalid(`sums (${sizeBytes} and ${literalBytes} bytes announced)`);
  }
  return recipe;
}

function invalid(what: string): RecipeError {
  return new RecipeError(
    "RECIPE_INVALID",
    `decode recipe: invalid ${what}: these bytes are damaged, or no recipe; verify the store`,
  );
}
