import { GNU, header, member, padded, pax, V7 } from "../../../packages/tar/src/testing/build.ts";
import { between, bytes, doubted, INNER, INNER_TEXT, LAST, type OddTar, zeros } from "./odd-tar.ts";

export const SIZES: readonly OddTar[] = [
  between(
    "a PAX size where the header says nothing follows",
    [pax({ size: `${INNER.length}` }), header({ name: "a" }), INNER],
    { entries: [`file a=${INNER_TEXT}`] },
  ),
  between(
    "a PAX size smaller than the header's",
    [pax({ size: "3" }), header({ name: "a", size: 2048 }), padded("abc")],
    { entries: ["file a=abc"] },
  ),
  between(
    "a PAX size where the header's is no number",
    [pax({ size: "3" }), header({ name: "a", size: "lots of it\0" }), padded("abc")],
    { entries: ["file a=abc"] },
  ),
  between(
    "a PAX size that is no number",
    [pax({ size: "0x3" }), member({ name: "a" }, INNER)],
    doubted,
  ),
  between("a negative PAX size", [pax({ size: "-512" }), member({ name: "a" }, INNER)], doubted),
  between(
    "a PAX size past counting",
    [pax({ size: "9".repeat(30) }), member({ name: "a" }, "b")],
    doubted,
  ),
  between("a withdrawn PAX size", [pax({ size: "" }), member({ name: "a" }, "b")], {
    entries: ["file a=b"],
  }),
  between(
    "a PAX size for all, another for one, and its withdrawal for another",
    [
      pax({ size: "4" }, "g"),
      member({ name: "a", size: 0 }, "four"),
      pax({ size: "2" }),
      member({ name: "b", size: 0 }, "xy"),
      pax({ size: "" }),
      member({ name: "c" }, "by the header"),
      pax({ size: "" }, "g"),
    ],
    { entries: ["file a=four", "file b=xy", "file c=by the header"] },
  ),
  {
    name: "a PAX size for all holds until the archive ends",
    parts: [
      pax({ size: "4" }, "g"),
      member({ name: "a", size: 0 }, "four"),
      zeros(2),
      LAST,
      zeros(2),
    ],
    entries: ["file a=four", "file last=two"],
  },
  between(
    "a PAX size in front of a GNU long name is for the file",
    [
      pax({ size: `${INNER.length}` }),
      member({ name: "././@LongLink", type: "L", magic: GNU }, "long name\0"),
      header({ name: "a", magic: GNU }),
      INNER,
    ],
    { entries: [`file long name=${INNER_TEXT}`] },
  ),
  between(
    "a size in base-256",
    [member({ name: "a", size: bytes(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3) }, "abc")],
    { entries: ["file a=abc"] },
  ),
  between("a negative size", [header({ name: "a", size: Buffer.alloc(12, 0xff) })], doubted),
  between(
    "a size past counting",
    [header({ name: "a", size: bytes(0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0) })],
    doubted,
  ),
  {
    name: "the largest size, of which little is there",
    parts: [
      header({ name: "a", size: bytes(0x80, 0, 0, 0, 0, 0x1f, 255, 255, 255, 255, 0xfd, 255) }),
      INNER,
    ],
    entries: [`file a=${INNER_TEXT}`],
    truncated: true,
  },
  between("a size that is no number", [header({ name: "a", size: "twelve\0" })], doubted),
];

export const LINKS: readonly OddTar[] = [
  between(
    "hard links with the size of their target",
    [header({ name: "a", type: "1", linkName: "first", size: 3 })],
    { entries: ["hardlink a->first"] },
  ),
  between(
    "a hard link with a body, which PAX allows",
    [member({ name: "a", type: "1", linkName: "first" }, "body of the link")],
    { entries: ["hardlink a->first"] },
  ),
  between(
    "a hard link with a size from PAX and a body",
    [pax({ size: "16" }), member({ name: "a", type: "1", linkName: "first" }, "body of the link")],
    { entries: ["hardlink a->first"] },
  ),
  between(
    "sizes on links, directories, devices and fifos",
    ["2", "3", "4", "5", "6"].map((type) => header({ name: type, type, size: 4096 })),
    {
      entries: ["symlink 2", "character-device 3", "block-device 4", "directory 5", "fifo 6"],
    },
  ),
  between("a directory with a body", [member({ name: "d", type: "5" }, "body of a directory")], {
    entries: ["directory d"],
  }),
  between(
    "directories from before they had a flag, and a file that looks like one",
    [
      member({ name: "d/", magic: V7, type: "\0" }),
      member({ name: "e/" }),
      member({ name: "f/", magic: V7, type: "\0" }, "content"),
    ],
    { entries: ["directory d/", "directory e/", "file f/=content"] },
  ),
];
