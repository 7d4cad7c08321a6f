import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PaxFields, readPax, UNSET, WITHDRAWN } from "./pax.ts";
import { paxBody } from "./testing/build.ts";

function read(body: string | Uint8Array, names = true): PaxFields | undefined {
  const into = new PaxFields();
  return readPax(Buffer.from(body), { into, names }) ? into : undefined;
}

describe("readPax", () => {
  test("reads what it knows and passes over the rest", () => {
    const body = paxBody({
      "SCHILY.xattr.user.note": "12 size=7\n",
      path: "dir/näme=with\nodd characters",
      size: "12345678901",
      mtime: "1.5",
      linkpath: "target",
    });
    expect(read(body)).toMatchObject({
      sizeBytes: 12_345_678_901,
      sparse: false,
      path: "dir/näme=with\nodd characters",
      linkPath: "target",
    });
  });

  test("decodes no names when nobody asks for them", () => {
    const body = paxBody({ path: "a", linkpath: "b", "GNU.sparse.name": "c", size: "7" });
    expect(read(body, false)).toEqual(
      Object.assign(new PaxFields(), { sizeBytes: 7, sparse: true }),
    );
  });

  test("the later of two records holds, an empty one withdraws", () => {
    expect(read("9 size=1\n9 size=2\n")?.sizeBytes).toBe(2);
    expect(read("9 size=1\n8 size=\n")?.sizeBytes).toBe(WITHDRAWN);
    expect(read("11 path=ab\n8 path=\n")?.path).toBe("");
    expect(read("")?.sizeBytes).toBe(UNSET);
  });

  test("zeros behind the last record are padding", () => {
    expect(read("9 size=1\n\0\0\0")?.sizeBytes).toBe(1);
  });

  test.each([
    ["no length", "size=1\n"],
    ["a length of letters", "x size=1\n"],
    ["a negative length", "-9 size=1\n"],
    ["a length of zero", "0 size=1\n"],
    ["a length that ends in its own digits", "1 size=1\n"],
    ["a length that is too short", "8 size=1\n"],
    ["a length past the end", "11 size=1\n"],
    ["an endless length", `${"9".repeat(400)} size=1\n`],
    ["nothing but digits", "12345"],
    ["no key", "5 =1\n"],
    ["no equals sign", "7 size\n"],
    ["an equals sign in the next record only", "7 size\n9 size=1\n"],
    ["no newline", "9 size=12"],
    ["a blank before the length", " 9 size=1\n"],
    ["a size of letters", "11 size=1x2\n"],
    ["a negative size", "10 size=-1\n"],
    ["a fraction", "11 size=1.0\n"],
    ["a size past counting", "25 size=9007199254740991\n"],
  ])("refuses %s", (_, body) => {
    expect(read(body)).toBeUndefined();
  });

  test("reads back whatever records hold", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(text, text, fc.nat(), (path, note, size) => {
        const body = paxBody({ comment: note, path, size: `${size}`, linkpath: note });
        const expected = Object.assign(new PaxFields(), { sizeBytes: size, path, linkPath: note });
        expect(read(body)).toEqual(expected);
      }),
    );
  });

  test("comes to an end with any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
        expect([true, false]).toContain(readPax(body, { into: new PaxFields(), names: true }));
      }),
    );
  });
});
