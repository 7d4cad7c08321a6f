import { GNU, header, member, padded, pax, V7 } from "../../../packages/tar/src/testing/build.ts";
import { between, bytes, doubted, FIRST, INNER, INNER_TEXT, type OddTar } from "./odd-tar.ts";

/** An old-GNU sparse header; its map goes on when `more` is set. */
function sparse(size: number, more: boolean): Buffer {
  return header({ name: "s", type: "S", magic: GNU, size, patch: [482, bytes(more ? 1 : 0)] });
}

/** A block of the map; `more` as above. The rest of it is full of digits, as maps are. */
function mapBlock(more: boolean): Buffer {
  const block = Buffer.alloc(512, "00000001000 ");
  block[504] = more ? 1 : 0;
  return block;
}

export const DIALECTS: readonly OddTar[] = [
  between("a sparse file with a short map", [sparse(3, false), padded("abc")], {
    entries: ["sparse s=abc"],
  }),
  between(
    "a sparse file with a long map",
    [sparse(3, true), mapBlock(true), mapBlock(true), mapBlock(false), padded("abc")],
    { entries: ["sparse s=abc"] },
  ),
  between(
    "a sparse file with a long map and a size from PAX",
    [pax({ size: `${INNER.length}` }), sparse(0, true), mapBlock(false), INNER],
    { entries: [`sparse s=${INNER_TEXT}`] },
  ),
  {
    name: "a sparse file cut in its map",
    parts: [FIRST, sparse(3, true), mapBlock(true)],
    entries: ["file first=one"],
    truncated: true,
  },
  between(
    "a sparse file of star, whose map is laid out in another way",
    [member({ name: "s", type: "S", patch: [508, "tar\0"] }, "content")],
    doubted,
  ),
  between(
    "star's short prefix",
    [
      member(
        {
          name: "a",
          prefix: "p".repeat(131),
          patch: [476, "14544400000 14544400000 \0\0\0\0\0\0\0\0tar\0"],
        },
        "b",
      ),
    ],
    { entries: [`file ${"p".repeat(131)}/a=b`] },
  ),
  between("star's metadata without content", [header({ name: "a", type: "I", size: 700 })], {
    entries: ["other a"],
  }),
  between(
    "a path that fills name and prefix",
    [member({ name: "n".repeat(100), prefix: "p".repeat(155) }, "b")],
    { entries: [`file ${"p".repeat(155)}/${"n".repeat(100)}=b`] },
  ),
  between(
    "no prefix in GNU and v7, where other things stand in its place",
    [
      member({ name: "a", magic: GNU, prefix: "14544400000" }, "b"),
      member({ name: "c", magic: V7, prefix: "junk" }, "d"),
    ],
    { entries: ["file a=b", "file c=d"] },
  ),
  between(
    "volume, continuation, names of a directory, and flags nobody knows",
    ["V", "M", "D", "N", "Z", "\x01"].map((type) => member({ name: `of-${type}`, type }, type)),
    { entries: ["V", "M", "D", "N", "Z", "\x01"].map((type) => `other of-${type}=${type}`) },
  ),
  between("contiguous files", [member({ name: "a", type: "7" }, "b")], { entries: ["file a=b"] }),
  between("a name with a byte order mark", [member({ name: "\ufeffa" }, "b")], {
    entries: ["file \ufeffa=b"],
  }),
  between("a name that is not UTF-8", [member({ name: "a", patch: [1, bytes(0xe9)] }, "b")], {
    entries: ["file a\ufffd=b"],
  }),
  between("a checksum of signed bytes", [member({ name: "é", checksum: "signed" }, "b")], {
    entries: ["file é=b"],
  }),
  between("an entry without a name", [member({ name: "" }, "b")], { entries: ["file =b"] }),
  between(
    "paths that climb, are absolute, or come twice",
    [member({ name: "../a" }, "b"), member({ name: "/c" }, "d"), member({ name: "/c" }, "e")],
    { entries: ["file ../a=b", "file /c=d", "file /c=e"] },
  ),
];
