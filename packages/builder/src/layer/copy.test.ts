import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Files, named, Workshop } from "../testing/workshop.ts";

let shop: Workshop;

beforeEach(async () => {
  shop = await Workshop.open();
});

afterEach(() => shop[Symbol.asyncDispose]());

describe("COPY", () => {
  test("puts files, directories and patterns where docker does", async () => {
    const files = { "d/x": "1", "d/e/y": "2", "f.txt": "3", "g.txt": "4" };
    const image = await shop.build(
      "FROM scratch\nCOPY d /one/\nCOPY f.txt /two\nCOPY *.txt /three/\nWORKDIR /four\nCOPY f.txt .\nCOPY d/x f.txt five/",
      files,
    );
    const layers = (await shop.layersOf(image)).map((layer) => Object.keys(layer));
    expect(layers).toEqual([
      ["one/", "one/e/", "one/e/y", "one/x"],
      ["two"],
      ["three/", "three/f.txt", "three/g.txt"],
      ["four/"],
      ["four/f.txt"],
      ["four/five/", "four/five/f.txt", "four/five/x"],
    ]);
  });

  test("leaves out what is ignored, but for what is let in again", async () => {
    const files = {
      ".dockerignore": "# no\n*.log\nsub\n!sub/keep\n**/tmp",
      "a.log": "",
      "sub/x": "",
      "sub/keep": "",
      "q/tmp/z": "",
      b: "",
    };
    const [layer] = await shop.layersOf(await shop.build("FROM scratch\nCOPY . /", files));
    expect(Object.keys(layer!)).toEqual([".dockerignore", ".keep", "b", "q/", "sub/", "sub/keep"]);
    await expect(shop.build("FROM scratch\nCOPY a.log /", files)).rejects.toMatchObject({
      code: "SOURCE_MISSING",
      message: expect.stringMatching(/^build Dockerfile:2: there is no "a\.log"/),
    });
  });

  test("follows links within the context and within the image, and never out of them", async () => {
    await writeFile(join(shop.directory, "outside"), "secret");
    const files = {
      real: "r",
      link: "-> real",
      out: "-> ../outside",
      abs: `-> ${shop.directory}/outside`,
      "d/up": "-> ../real",
    };
    const image = await shop.build("FROM scratch\nCOPY link /got\nCOPY d /d/", files);
    expect(await shop.layersOf(image)).toEqual([
      { got: "file 644 0:0 r" },
      { "d/": "directory 755 0:0", "d/up": "symlink 777 0:0 ../real" },
    ]);
    for (const name of ["out", "abs", "../outside"]) {
      await expect(shop.build(`FROM scratch\nCOPY ${name} /x`, { x: "" })).rejects.toMatchObject({
        code: "SOURCE_MISSING",
      });
    }
    const linked = await shop.build("FROM scratch\nCOPY l /l/\nCOPY real /l/to/here/", {
      "l/to": "-> /up/../../away",
    });
    expect(Object.keys((await shop.layersOf(linked))[1]!)).toEqual([
      "away/",
      "away/here/",
      "away/here/real",
    ]);
  });

  test("takes owners by number or by the image's lists, and modes", async () => {
    const files = {
      passwd: "root:x:0:0::/:/sh\nweb:x:33:34::/:/sh\n",
      group: "staff:x:50:\n",
      f: "",
    };
    const base = "FROM scratch\nCOPY passwd group /etc/\n";
    const image = await shop.build(
      `${base}COPY --chown=web f /1\nCOPY --chown=web:staff --chmod=4751 f /2\nCOPY --chown=7 f /3`,
      files,
    );
    expect((await shop.layersOf(image)).slice(1)).toEqual([
      { "1": "file 644 33:34" },
      { "2": "file 4751 33:50" },
      { "3": "file 644 7:7" },
    ]);
    await expect(shop.build(`${base}COPY --chown=nobody f /1`)).rejects.toMatchObject({
      code: "OWNER_UNKNOWN",
    });
  });

  test("takes from stages, by name and number, and from images", async () => {
    await shop.build("FROM scratch\nCOPY f /f", { f: "of an image" }, named("other"));
    const image = await shop.build(
      "FROM scratch AS one\nCOPY f /a/f\nCOPY g /a/g\nFROM scratch\nCOPY --from=one /a/g /a/f /b/\nCOPY --from=0 /a /c/\nCOPY --from=other /f /",
      { f: "1", g: "2" },
    );
    expect(await shop.layersOf(image)).toEqual([
      { "b/": "directory 755 0:0", "b/f": "file 644 0:0 1", "b/g": "file 644 0:0 2" },
      { "c/": "directory 755 0:0", "c/f": "file 644 0:0 1", "c/g": "file 644 0:0 2" },
      { f: "file 644 0:0 of an image" },
    ]);
  });

  test("writes texts, with variables or without", async () => {
    const image = await shop.build(
      'FROM scratch\nENV A=1\nCOPY <<EOF /a\nx $A "q" \\$A\nEOF\nCOPY <<"EOF" /b\nx $A\nEOF\nCOPY <<one <<two /d/\n1\none\n2\ntwo',
    );
    expect(await shop.layersOf(image)).toEqual([
      { a: 'file 644 0:0 x 1 "q" $A' },
      { b: "file 644 0:0 x $A" },
      { "d/": "directory 755 0:0", "d/one": "file 644 0:0 1", "d/two": "file 644 0:0 2" },
    ]);
  });
});

describe("ADD", () => {
  async function tarOf(files: Files): Promise<Buffer> {
    const path = await shop.context(files, `tar${Math.random()}`);
    const made = await promisify(execFile)(
      "tar",
      ["-C", path, "--owner=5", "--group=6", "-cf", "-", "."],
      { encoding: "buffer" },
    );
    return made.stdout;
  }

  test("takes tars apart, plain and compressed; other files are copied", async () => {
    const tar = await tarOf({ "x/y": "1", l: "-> x/y" });
    const path = await shop.context({ plain: "p" });
    await writeFile(join(path, "a.tar"), tar);
    await writeFile(join(path, "a.tgz"), gzipSync(tar));
    await writeFile(join(path, "no.gz"), gzipSync(Buffer.from("no tar")));
    const image = await shop.build(
      "FROM scratch\nADD a.tar /a/\nADD a.tgz /a2\nADD plain no.gz /b/\nCOPY a.tar /c/",
      {},
      { context: path },
    );
    const [plain, packed, copied, whole] = await shop.layersOf(image);
    expect(plain).toMatchObject({ "a/x/y": "file 644 5:6 1", "a/l": "symlink 777 5:6 x/y" });
    expect(Object.keys(packed!).sort()).toEqual(
      Object.keys(plain!)
        .map((name) => name.replace("a/", "a2/"))
        .sort(),
    );
    expect(Object.keys(copied!)).toEqual(["b/", "b/no.gz", "b/plain"]);
    expect(Object.keys(whole!)).toEqual(["c/", "c/a.tar"]);
  });

  test.each(["https://x.example/a", "git@x.example:a.git"])(
    "fetches nothing: %s",
    async (address) => {
      await expect(shop.build(`FROM scratch\nADD ${address} /`)).rejects.toMatchObject({
        code: "INSTRUCTION_UNSUPPORTED",
        message: expect.stringMatching(/^build Dockerfile:2: ADD .* download it first/),
      });
    },
  );
});
