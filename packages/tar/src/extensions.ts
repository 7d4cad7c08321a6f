import type { HeaderKind } from "./header.ts";
import { PaxFields, readPax, UNSET, WITHDRAWN } from "./pax.ts";
import { nulTerminated } from "./text.ts";

/** Headers whose body speaks of other entries and has to be read. */
export type ExtensionKind = Extract<HeaderKind, "pax" | "pax-global" | "long-path" | "long-link">;

/**
 * What the extension headers read so far say of the entry that comes next. Of two that say the
 * same, the one for a single entry stands before the one for all, PAX before GNU, and the later
 * before the earlier.
 */
export class Extensions {
  readonly #names: boolean;
  readonly #next = new PaxFields();
  readonly #every = new PaxFields();
  #longPath: string | undefined = undefined;
  #longLink: string | undefined = undefined;
  #pending = false;
  #nextDoubtful = false;
  #everyDoubtful = false;

  constructor(names: boolean) {
    this.#names = names;
  }

  /** An extension was read for an entry that has not come yet. */
  get pending(): boolean {
    return this.#pending;
  }

  /** An extension was malformed or too large: the next entry may have any size. */
  get doubtful(): boolean {
    return this.#nextDoubtful || this.#everyDoubtful;
  }

  get sparse(): boolean {
    return this.#next.sparse || this.#every.sparse;
  }

  get path(): string {
    const { sparsePath, path } = this.#next;
    return sparsePath || (path ?? this.#longPath ?? this.#every.path ?? "");
  }

  get linkPath(): string {
    return this.#next.linkPath ?? this.#longLink ?? this.#every.linkPath ?? "";
  }

  /**
   * The size that holds: a PAX record's, else the header's. A reader that trusts the header where a
   * record disagrees takes the file's content for headers.
   */
  size(headerSizeBytes: number): number {
    const next = this.#next.sizeBytes;
    const size = next === UNSET ? this.#every.sizeBytes : next;
    return size === UNSET || size === WITHDRAWN ? headerSizeBytes : size;
  }

  read(kind: ExtensionKind, body: Uint8Array): void {
    if (kind === "pax-global") {
      this.#everyDoubtful ||= !readPax(body, { into: this.#every, names: this.#names });
      return;
    }
    this.#pending = true;
    if (kind === "pax") {
      this.#next.clear();
      this.#nextDoubtful ||= !readPax(body, { into: this.#next, names: this.#names });
    } else if (this.#names) {
      if (kind === "long-path") this.#longPath = nulTerminated(body);
      else this.#longLink = nulTerminated(body);
    }
  }

  /** The body is too large to be read, or nobody knows where it ends. */
  refuse(kind: ExtensionKind): void {
    if (kind === "pax-global") {
      this.#everyDoubtful = true;
    } else {
      this.#pending = true;
      this.#nextDoubtful = true;
    }
  }

  /** The entry came, or something that is no entry stands in its place. */
  forgetNext(): void {
    if (!this.#pending) return;
    this.#pending = false;
    this.#nextDoubtful = false;
    this.#next.clear();
    this.#longPath = undefined;
    this.#longLink = undefined;
  }

  /** The archive ended; another may follow. */
  forgetAll(): void {
    this.forgetNext();
    this.#everyDoubtful = false;
    this.#every.clear();
  }
}
