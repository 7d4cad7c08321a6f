import { member, TRAILER } from "../../../packages/tar/src/testing/build.ts";

/** A tar that no program at hand writes, and what the scanner is to make of it. */
export interface OddTar {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
  /**
   * Type, path and content of each entry that is understood: `file a=text`; links have `a->target`.
   */
  readonly entries: readonly string[];
  readonly doubtfulEntries?: number;
  readonly truncated?: true;
  /** The extension limit to scan with. */
  readonly extensionBytes?: number;
}

export const FIRST: Buffer = member({ name: "first" }, "one");
export const LAST: Buffer = member({ name: "last" }, "two");
export const ENDS: readonly string[] = ["file first=one", "file last=two"];

/**
 * A whole archive, as content: its headers are not to be taken for those of the archive around it.
 */
export const INNER: Buffer = Buffer.concat([member({ name: "inner" }, "hidden"), TRAILER]);
export const INNER_TEXT: string = INNER.toString("latin1");

/** `odd` between two members that must be found whatever stands between them. */
export function between(
  name: string,
  odd: readonly Uint8Array[],
  rest: Partial<OddTar> = {},
): OddTar {
  const [first = "", last = ""] = ENDS;
  const entries = [first, ...(rest.entries ?? []), last];
  return { name, ...rest, parts: [FIRST, ...odd, LAST, TRAILER], entries };
}

/** What is between is one entry that is not understood. */
export const doubted: Partial<OddTar> = { doubtfulEntries: 1 };

export function zeros(blocks: number): Buffer {
  return Buffer.alloc(blocks * 512);
}

export function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}
