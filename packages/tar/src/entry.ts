import { headerFormat, typeFlag } from "./header.ts";
import { nulTerminated } from "./text.ts";

/**
 * `sparse` is a file whose payload is not its content, but a map of holes and what lies between
 * them.
 */
export type TarEntryType =
  | "file"
  | "sparse"
  | "hardlink"
  | "symlink"
  | "character-device"
  | "block-device"
  | "directory"
  | "fifo"
  | "other";

/** One member of an archive. Its payload follows; a member without one has `sizeBytes` 0. */
export interface TarEntry {
  /** As the archive has it: it may be absolute, climb with `..`, be empty, or come twice. */
  readonly path: string;
  readonly type: TarEntryType;
  /** The target of a hard or symbolic link, else usually empty. */
  readonly linkPath: string;
  /** Payload that follows, without padding. */
  readonly sizeBytes: number;
  /** Where the payload begins, or would begin, counted from the start of the input. */
  readonly payloadOffset: number;
}

const NAME_BYTES = 100;
const LINK_NAME_OFFSET = 157;
const PREFIX_OFFSET = 345;
const PREFIX_BYTES = 155;
/** star keeps two times behind a shorter prefix. */
const STAR_PREFIX_BYTES = 131;

const TYPES: Readonly<Record<string, TarEntryType>> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
  "7": "file",
  S: "sparse",
};

/** The path that a header holds by itself. */
export function headerPath(header: Uint8Array): string {
  const name = nulTerminated(header.subarray(0, NAME_BYTES));
  const format = headerFormat(header, 0);
  if (format === "v7" || format === "gnu") return name;
  const prefixBytes = format === "star" ? STAR_PREFIX_BYTES : PREFIX_BYTES;
  const prefix = nulTerminated(header.subarray(PREFIX_OFFSET, PREFIX_OFFSET + prefixBytes));
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** The link target that a header holds by itself. */
export function headerLinkPath(header: Uint8Array): string {
  return nulTerminated(header.subarray(LINK_NAME_OFFSET, LINK_NAME_OFFSET + NAME_BYTES));
}

export interface TypeFacts {
  readonly path: string;
  readonly sizeBytes: number;
  /** A PAX record says that the content has holes. */
  readonly sparse: boolean;
}

/** The type of an entry, from its header and from what is known of it besides. */
export function entryType(header: Uint8Array, facts: TypeFacts): TarEntryType {
  const type = TYPES[String.fromCharCode(typeFlag(header, 0))] ?? "other";
  if (type !== "file") return type;
  if (facts.sparse) return "sparse";
  // Before there was a flag for directories, a slash at the end of the name was it. One with
  // content is a file.
  return facts.sizeBytes === 0 && facts.path.endsWith("/") ? "directory" : "file";
}
