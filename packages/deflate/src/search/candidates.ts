import { MODEL_IDS } from "../models/registry.ts";

const MTIME_AT = 4;
const XFL_AT = 8;
const OS_AT = 9;
const OS_UNIX = 3;
/** The time that pgzip writes: Go's zero time, cut to 32 bits. */
const PGZIP_MTIME = 0x886e0900;
const XFL_BEST = 2;
const XFL_FASTEST = 4;

const OF_PGZIP = ["pgzip", "klauspost"] as const;
const OF_UNIX = ["gnu", "pigz", "zlib"] as const;
const OF_GO = ["go", "go1.27", "zlib", "klauspost"] as const;

/** What a member's header says of its encoder. It orders the candidates, and proves nothing. */
interface Hint {
  /** Beginnings of the ids that are likely, the likeliest first. */
  readonly families: readonly string[];
  /** The level that the header tells, or the default one. */
  readonly level: string;
}

/** Blobs have many members with few headers. */
const known = new Map<string, readonly string[]>();

/** All models, in the order in which they are worth trying for a member with this header. */
export function candidates(header: Uint8Array): readonly string[] {
  const hint = hintOf(header);
  const key = `${hint.families[0]}/${hint.level}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const rank = new Map(MODEL_IDS.map((id) => [id, rankOf(id, hint)]));
  const sorted = [...MODEL_IDS].sort((a, b) => rank.get(a)! - rank.get(b)!);
  known.set(key, sorted);
  return sorted;
}

function hintOf(header: Uint8Array): Hint {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const xfl = header[XFL_AT];
  const level = xfl === XFL_BEST ? "9" : xfl === XFL_FASTEST ? "1" : "6";
  if (view.getUint32(MTIME_AT, true) === PGZIP_MTIME) return { families: OF_PGZIP, level: "5" };
  return { families: header[OS_AT] === OS_UNIX ? OF_UNIX : OF_GO, level };
}

function rankOf(id: string, { families, level }: Hint): number {
  const [family = "", ofLevel] = id.split("/");
  const place = families.indexOf(family);
  return (place < 0 ? families.length : place) + (ofLevel === level ? 0 : 100);
}
