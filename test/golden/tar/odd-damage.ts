import { header, member, padded, pax, TRAILER } from "../../../packages/tar/src/testing/build.ts";
import { between, ENDS, FIRST, INNER, INNER_TEXT, LAST, type OddTar, zeros } from "./odd-tar.ts";

export const DAMAGE: readonly OddTar[] = [
  between("a wrong checksum", [member({ name: "a", checksum: "wrong" }, "content")]),
  between(
    "a wrong checksum on an archive in an archive: what is inside is found",
    [member({ name: "a", checksum: "wrong" }, INNER)],
    { entries: ["file inner=hidden"] },
  ),
  between("an archive as content: what is inside is not found", [member({ name: "a" }, INNER)], {
    entries: [`file a=${INNER_TEXT}`],
  }),
  between("one block of zeros", [zeros(1)]),
  between(
    "two blocks of zeros that are no end, since junk lies between them",
    [
      pax({ size: "4" }, "g"),
      ...[zeros(1), padded("junk"), zeros(1)],
      member({ name: "a", size: 0 }, "four"),
      pax({ size: "" }, "g"),
    ],
    { entries: ["file a=four"] },
  ),
  between("many blocks of zeros", [zeros(50)]),
  between("junk of whole blocks", [padded("junk ".repeat(1000))]),
  between(
    "blocks of spaces, of digits, of 0xff",
    [0x20, 0x30, 0xff].map((byte) => Buffer.alloc(512, byte)),
  ),
  {
    name: "junk that is no multiple of a block hides what follows",
    parts: [FIRST, TRAILER, Buffer.from("junk"), LAST, TRAILER],
    entries: ["file first=one"],
  },
  {
    name: "a second archive that is cut in a header",
    parts: [FIRST, TRAILER, LAST, header({ name: "a" }).subarray(0, 100)],
    entries: ENDS,
    truncated: true,
  },
  {
    name: "a few bytes behind the end",
    parts: [FIRST, TRAILER, Buffer.from("junk")],
    entries: ["file first=one"],
  },
  { name: "nothing", parts: [], entries: [] },
  { name: "nothing but a trailer", parts: [TRAILER], entries: [] },
  { name: "less than a block", parts: [Buffer.from("hello")], entries: [], truncated: true },
  { name: "no tar at all", parts: [padded("no tar ".repeat(5000))], entries: [] },
  { name: "a header alone", parts: [header({ name: "a" })], entries: ["file a="] },
  {
    name: "a header without its content",
    parts: [header({ name: "a", size: 1 })],
    entries: ["file a="],
    truncated: true,
  },
];
