import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/**
 * A tar made by a real program, and what GNU tar said of it when it was made; see make-corpus.sh.
 */
export interface CorpusTar {
  readonly name: string;
  readonly bytes: Buffer;
  readonly members: readonly Member[];
  readonly payloads: readonly Payload[];
}

/** A line of GNU tar's listing. */
export interface Member {
  /**
   * `-` file, `d` directory, `h` hard link, `l` symbolic link, `c` and `b` device, `p` fifo, `V`
   * label, `M` continued.
   */
  readonly letter: string;
  /** The size of the content once extracted: with its holes. */
  readonly sizeBytes: number;
  readonly path: string;
  readonly linkPath: string;
}

export interface Payload {
  readonly kind: "file" | "sparse" | "other";
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly path: string;
}

const FIXTURES = new URL("./fixtures/", import.meta.url);
const SUFFIX = ".tar.gz";

/** Every tar of the corpus, in the order of their names. */
export function readCorpus(): CorpusTar[] {
  const files = readdirSync(FIXTURES).filter((file) => file.endsWith(SUFFIX));
  return files.sort().map((file) => readTar(file.slice(0, -SUFFIX.length)));
}

function readTar(name: string): CorpusTar {
  const read = (suffix: string) => readFileSync(new URL(name + suffix, FIXTURES));
  const lines = (suffix: string) => read(suffix).toString("utf8").split("\n").slice(0, -1);
  return {
    name,
    bytes: gunzipSync(read(SUFFIX)),
    members: lines(".list").map(parseMember),
    payloads: lines(".payloads").map(parsePayload),
  };
}

// Mode, owner/group, size or device, date, time, name.
const MEMBER = /^(.)\S{9} \S+ +(?<size>\d+|\d+,\d+) \S+ [\d:.]+ +(?<name>.*)$/;
const LINK = / (?:->|link to) (.*)$/;
const REMARK = /--(?:Volume Header|Continued at byte \d+)--$/;

function parseMember(line: string): Member {
  const match = MEMBER.exec(line);
  if (match === null) throw new Error(`read corpus: no line of a listing: ${line}`);
  const [, letter = "", size = "", name = ""] = match;
  const isLink = letter === "l" || letter === "h";
  return {
    letter,
    sizeBytes: size.includes(",") ? 0 : Number(size),
    path: name.replace(isLink ? LINK : REMARK, ""),
    linkPath: isLink ? (LINK.exec(name)?.[1] ?? "") : "",
  };
}

function parsePayload(line: string): Payload {
  const match = /^(file|sparse|other) ([0-9a-f]{64}) (\d+) (.*)$/.exec(line);
  if (match === null) throw new Error(`read corpus: no line of payloads: ${line}`);
  const [, kind, sha256 = "", size, path = ""] = match;
  return { kind: kind as Payload["kind"], sha256, sizeBytes: Number(size), path };
}
