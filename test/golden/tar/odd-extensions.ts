import {
  GNU,
  header,
  member,
  padded,
  pax,
  TRAILER,
} from "../../../packages/tar/src/testing/build.ts";
import {
  between,
  bytes,
  doubted,
  ENDS,
  FIRST,
  INNER,
  LAST,
  type OddTar,
  zeros,
} from "./odd-tar.ts";

export const EXTENSIONS: readonly OddTar[] = [
  between(
    "GNU long name and long link",
    [
      member({ name: "././@LongLink", type: "L", magic: GNU }, "forgotten\0"),
      member({ name: "././@LongLink", type: "K", magic: GNU }, `${"k".repeat(600)}\0`),
      member({ name: "././@LongLink", type: "L", magic: GNU }, `${"l".repeat(511)}`),
      header({ name: "l", type: "2", linkName: "k", magic: GNU }),
    ],
    { entries: [`symlink ${"l".repeat(511)}->${"k".repeat(600)}`] },
  ),
  between(
    "a long name without a byte",
    [header({ name: "././@LongLink", type: "L", magic: GNU }), member({ name: "a" }, "b")],
    { entries: ["file a=b"] },
  ),
  between(
    "PAX names over GNU names",
    [
      member({ name: "././@LongLink", type: "L", magic: GNU }, "gnu\0"),
      pax({ path: "pax", linkpath: "target" }),
      member({ name: "l", type: "2", linkName: "k" }),
    ],
    { entries: ["symlink pax->target"] },
  ),
  between("Solaris' extended header", [pax({ path: "sun" }, "X"), member({ name: "a" }, "b")], {
    entries: ["file sun=b"],
  }),
  between(
    "Solaris' access list between a PAX header and its file",
    [
      pax({ path: "sun" }, "X"),
      member({ name: "a", type: "A" }, INNER),
      member({ name: "a" }, "b"),
    ],
    { entries: ["file sun=b"] },
  ),
  between(
    "a PAX header speaks of one file only, the last of two holds",
    [
      pax({ path: "not this", size: "1000" }),
      pax({ path: "this" }),
      member({ name: "a" }, "b"),
      member({ name: "c" }, "d"),
    ],
    { entries: ["file this=b", "file c=d"] },
  ),
  between(
    "a malformed PAX header",
    [member({ name: "x", type: "x" }, "11 path=c\n"), member({ name: "a" }, INNER)],
    doubted,
  ),
  between(
    "a malformed PAX header of a file in PAX size alone",
    [member({ name: "x", type: "x" }, "9 size=3\njunk"), header({ name: "a" }), padded("abc")],
    doubted,
  ),
  between(
    "a PAX header whose size is no number",
    [header({ name: "x", type: "x", size: "?" }), member({ name: "a" }, INNER)],
    doubted,
  ),
  between(
    "a PAX header over the limit",
    [pax({ path: "p", comment: "c".repeat(2000) }), member({ name: "a" }, INNER)],
    { ...doubted, extensionBytes: 2000 },
  ),
  between(
    "a long name over the limit",
    [member({ name: "././@LongLink", type: "L" }, "n".repeat(2001)), member({ name: "a" }, INNER)],
    { ...doubted, extensionBytes: 2000 },
  ),
  between(
    "a PAX header just within the limit",
    [pax({ path: "p".repeat(1990) }), member({ name: "a" }, "b")],
    { entries: [`file ${"p".repeat(1990)}=b`], extensionBytes: 2001 },
  ),
  {
    name: "a PAX header of a petabyte",
    parts: [
      FIRST,
      header({ name: "x", type: "x", size: bytes(0x80, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0) }),
      LAST,
    ],
    entries: ["file first=one"],
    truncated: true,
  },
  {
    name: "a malformed PAX header for all leaves everything in doubt, to the end of the archive",
    parts: [member({ name: "g", type: "g" }, "junk"), FIRST, LAST, zeros(2), FIRST, LAST, TRAILER],
    entries: ENDS,
    doubtfulEntries: 2,
  },
  between("a PAX header with nothing behind it but zeros", [
    pax({ path: "p", size: "9" }),
    zeros(1),
  ]),
  between("a PAX header with junk behind it", [pax({ path: "p", size: "9" }), padded("junk")]),
  {
    name: "an empty PAX header for all with nothing behind it",
    parts: [FIRST, header({ name: "g", type: "g" })],
    entries: ["file first=one"],
  },
  {
    name: "a PAX header with nothing behind it",
    parts: [FIRST, pax({ path: "p" })],
    entries: ["file first=one"],
    truncated: true,
  },
];
