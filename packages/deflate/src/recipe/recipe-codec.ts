/**
 * The bytes of a recipe, version 1. Numbers are varints; *sized* bytes have their length before them.
 *
 *     recipe     version u8 = 1 │ models │ headers │ segment │ segment │ …
 *     models     count │ count × sized name
 *     headers    count │ count × sized bytes        each once, in the order in which they are used
 *     segment    blob bytes │ parts │ parts × part
 *
 *     verbatim   0 │ sized bytes
 *     member     1 │ header │ model │ content bytes
 *     exact      2 + flags │ model │ content bytes │ blob bytes │ state?
 *     tokens     3 + flags │ model │ content bytes │ blob bytes │ state? │ lead bytes │ begin │ sized list │
 *                literal blocks │ count × gap
 *     state      sized bytes │ bytes ahead
 *     predicted  4 + flags │ content bytes │ blob bytes │ begin │ sized list │ sized code
 *
 * Flags are 16 for a part that ends its stream and 32 for one that has a state. *Begin* is the first bits with a 1
 * before the highest. The list is a block list in its own encoding. The recipe ends where its bytes end.
 */
import { InflateError } from "../inflate/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { getPart, type PartTables, putPart } from "./part-codec.ts";
import { type GzipRecipe, modelsOf, type Segment } from "./recipe.ts";

const VERSION = 1;

export function encodeGzipRecipe(recipe: GzipRecipe): Uint8Array {
  const writer = new ByteWriter();
  const models = modelsOf(recipe);
  const headers = headersOf(recipe);
  writer.byte(VERSION);
  writer.varint(models.length);
  for (const model of models) writer.sized(Buffer.from(model));
  writer.varint(headers.length);
  for (const header of headers) writer.sized(Buffer.from(header, "latin1"));
  const places = { models: placesOf(models), headers: placesOf(headers) };
  for (const { blobBytes, parts } of recipe.segments) {
    writer.varint(blobBytes);
    writer.varint(parts.length);
    for (const part of parts) putPart(writer, part, places);
  }
  return writer.finish();
}

/**
 * Decodes any bytes, or says why not. What was decoded is views of the bytes.
 * @throws InflateError `RECIPE_VERSION`, `RECIPE_INVALID`
 */
export function decodeGzipRecipe(bytes: Uint8Array): GzipRecipe {
  if (bytes.length > 0 && bytes[0] !== VERSION) {
    const what = `version ${bytes[0]} is not known here, only ${VERSION}`;
    throw new InflateError("RECIPE_VERSION", `decode gzip recipe: ${what}`);
  }
  const reader = new ByteReader(bytes);
  reader.byte(VERSION + 1);
  const models = list(reader, () => getName(reader));
  const headers = list(reader, () => reader.sized());
  const segments: Segment[] = [];
  while (!reader.isAtEnd) segments.push(getSegment(reader, { models, headers }));
  let sizeBytes = 0;
  let contentBytes = 0;
  for (const segment of segments) {
    sizeBytes += segment.blobBytes;
    contentBytes += segment.contentBytes;
  }
  if (!Number.isSafeInteger(sizeBytes + contentBytes)) throw reader.invalid("size");
  const recipe = { sizeBytes, contentBytes, segments };
  if (!isSame(models, modelsOf(recipe))) throw reader.invalid("models");
  const latin1 = headers.map((header) => Buffer.from(header).toString("latin1"));
  if (!isSame(latin1, headersOf(recipe))) throw reader.invalid("headers");
  return recipe;
}

/** Names are ASCII, so that there is one way to write them. */
function getName(reader: ByteReader): string {
  const bytes = reader.sized();
  if (bytes.some((byte) => byte > 127)) throw reader.invalid("name");
  return Buffer.from(bytes).toString("latin1");
}

function getSegment(reader: ByteReader, tables: PartTables): Segment {
  const blobBytes = reader.varint();
  const parts = list(reader, () => getPart(reader, tables));
  let contentBytes = 0;
  for (const [index, part] of parts.entries()) {
    if (part.kind === "verbatim") continue;
    contentBytes += part.contentBytes;
    const goesOn = part.kind !== "member" && !part.final;
    if (goesOn && index < parts.length - 1) throw reader.invalid("order of parts");
  }
  if (!Number.isSafeInteger(contentBytes)) throw reader.invalid("size");
  return { blobBytes, contentBytes, parts };
}

function list<T>(reader: ByteReader, get: () => T): T[] {
  return Array.from({ length: reader.count() }, get);
}

/** Latin-1 strings stand for bytes here, since those can be compared. */
function headersOf({ segments }: GzipRecipe): string[] {
  const headers = new Set<string>();
  for (const { parts } of segments) {
    for (const part of parts) {
      if (part.kind === "member") headers.add(Buffer.from(part.header).toString("latin1"));
    }
  }
  return [...headers];
}

function isSame(values: readonly string[], others: readonly string[]): boolean {
  return values.length === others.length && values.every((value, at) => value === others[at]);
}

function placesOf(values: readonly string[]): ReadonlyMap<string, number> {
  return new Map(values.map((value, place) => [value, place]));
}
