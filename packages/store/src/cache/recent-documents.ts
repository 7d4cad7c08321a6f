import { LIMITS } from "@shale/content";
import type { RecordPlace } from "../index/rows.ts";

/**
 * Blobs that are kept inside of packs and were read of late: a server gives the same few manifests thousands of times a second.
 * By the place of their record, which is never another one's; whoever reads verifies them all the same.
 */
export class RecentDocuments {
  readonly #budgetBytes: number;
  /** Least recently used first. */
  readonly #documents = new Map<string, Uint8Array>();
  #keptBytes = 0;

  constructor(budgetBytes: number = LIMITS.recentDocumentBytes) {
    this.#budgetBytes = budgetBytes;
  }

  get(place: RecordPlace): Uint8Array | undefined {
    const key = keyOf(place);
    const document = this.#documents.get(key);
    if (document === undefined) return undefined;
    this.#documents.delete(key);
    this.#documents.set(key, document);
    return document;
  }

  put(place: RecordPlace, document: Uint8Array): void {
    const key = keyOf(place);
    this.#drop(key);
    this.#documents.set(key, document);
    this.#keptBytes += document.length;
    while (this.#keptBytes > this.#budgetBytes) this.#drop(this.#documents.keys().next().value!);
  }

  #drop(key: string): void {
    const document = this.#documents.get(key);
    if (document === undefined) return;
    this.#documents.delete(key);
    this.#keptBytes -= document.length;
  }
}

function keyOf({ pack, offset }: RecordPlace): string {
  return `${pack}:${offset}`;
}
