import type { GzipRecipe, Part, Segment, StreamPart } from "../recipe/recipe.ts";
import { PART_BYTES } from "./attempt.ts";

/** Puts parts together to segments: a new one begins within a stream where a part ends, and between members when there is enough. */
export class RecipeBuilder {
  readonly #segments: Segment[] = [];
  #parts: Part[] = [];
  #blobBytes = 0;
  #contentBytes = 0;
  #sizeBytes = 0;
  #totalContentBytes = 0;

  verbatim(bytes: Uint8Array): void {
    const last = this.#parts.at(-1);
    if (last?.kind === "verbatim") {
      this.#parts.pop();
      this.#parts.push({ kind: "verbatim", bytes: Buffer.concat([last.bytes, bytes]) });
    } else {
      this.#parts.push({ kind: "verbatim", bytes: bytes.slice() });
    }
    this.#blobBytes += bytes.length;
  }

  stream(part: StreamPart): void {
    this.#parts.push(part);
    this.#blobBytes += part.blobBytes;
    this.#contentBytes += part.contentBytes;
    if (!part.final) this.#close();
  }

  member(
    header: Uint8Array,
    member: { readonly model: string; readonly contentBytes: number; readonly blobBytes: number },
  ): void {
    const { model, contentBytes, blobBytes } = member;
    this.#parts.push({ kind: "member", header, model, contentBytes });
    this.#blobBytes += blobBytes;
    this.#contentBytes += contentBytes;
  }

  /** A member ended. */
  endMember(): void {
    if (this.#contentBytes >= PART_BYTES) this.#close();
  }

  finish(): GzipRecipe {
    if (this.#parts.length > 0) this.#close();
    return {
      sizeBytes: this.#sizeBytes,
      contentBytes: this.#totalContentBytes,
      segments: this.#segments,
    };
  }

  #close(): void {
    this.#segments.push({
      blobBytes: this.#blobBytes,
      contentBytes: this.#contentBytes,
      parts: this.#parts,
    });
    this.#sizeBytes += this.#blobBytes;
    this.#totalContentBytes += this.#contentBytes;
    this.#parts = [];
    this.#blobBytes = 0;
    this.#contentBytes = 0;
  }
}
