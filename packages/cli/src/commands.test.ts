import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeArchive } from "./testing/archive.ts";
import { type Workspace, workspace } from "./testing/shale.ts";

interface LoadJson {
  images: {
    reference: string | null;
    digest: string;
    imageId: string;
    layers: {
      digest: string;
      diffId: string;
      sizeBytes: number;
      newBytes: number;
      status: string;
    }[];
  }[];
}

interface ImageJson {
  repository: string | null;
  tag: string | null;
  reference: string | null;
  digest: string;
  imageId: string;
  created: string | null;
  sizeBytes: number;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const BASE = { "base.bin": randomBytes(300_000) };

let space: Workspace;
let archive: string;
let loaded: LoadJson;

beforeAll(async () => {
  space = await workspace();
  archive = await writeArchive(join(space.directory, "apps.tar"), [
    { tags: ["one:1.0"], layers: [BASE, { "app.bin": randomBytes(50_000) }] },
    { tags: ["two:2.0", "two:latest"], layers: [BASE, { "app.txt": "two" }] },
  ]);
  loaded = (await space.json(["load", archive])) as LoadJson;
});

afterAll(() => space[Symbol.asyncDispose]());

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function images(...args: string[]): Promise<ImageJson[]> {
  return (await space.json(["images", ...args])) as ImageJson[];
}

describe("load", () => {
  test("tells of every image and layer, and what the store grew by", () => {
    expect(loaded.images.map(({ reference }) => reference)).toContain("one:1.0");
    const all = loaded.images.flatMap(({ layers }) => layers);
    for (const layer of all) {
      expect(Object.keys(layer)).toEqual(["digest", "diffId", "sizeBytes", "newBytes", "status"]);
      expect(layer.digest).toMatch(DIGEST);
      // The layers are plain tars.
      expect(layer.diffId).toBe(layer.digest);
      expect(layer.newBytes > 0).toBe(layer.status === "stored");
    }
    const base = all.filter(({ sizeBytes }) => sizeBytes > 300_000);
    expect(new Set(base.map(({ digest }) => digest)).size).toBe(1);
    expect(base.filter(({ status }) => status === "stored")).toHaveLength(1);
  });

  test("a second time everything exists, and nothing grows", async () => {
    const again = (await space.json(["load", archive])) as LoadJson;
    for (const { layers } of again.images) {
      for (const { status, newBytes } of layers)
        expect({ status, newBytes }).toEqual({ status: "exists", newBytes: 0 });
    }
    expect(again.images.map(({ digest }) => digest)).toEqual(
      loaded.images.map(({ digest }) => digest),
    );
  });

  test("says what it loaded on stdout, how it went on stderr", async () => {
    const { status, stdout, stderr } = await space.shale(["load", archive]);
    expect(status).toBe(0);
    expect(stdout).toContain("Loaded image: one:1.0\n");
    expect(stderr).toMatch(/^[0-9a-f]{12}: \S+, exists$/m);
    expect(stderr).toMatch(/^load: \S+ in \S+s$/m);
    const quiet = await space.run(["load", "--quiet", archive]);
    expect(quiet).toEqual({ status: 0, stdout, stderr: "" });
  });

  test("reads an archive from stdin, and gives it a name", async () => {
    await using other = await workspace();
    const single = await writeArchive(join(other.directory, "single.tar"), [
      { tags: [], layers: [{ a: "a" }] },
    ]);
    const outcome = await other.shale(["load", "-", "--name", "named:9"], {
      stdin: await readFile(single),
    });
    expect(outcome).toMatchObject({ status: 0, stdout: "Loaded image: named:9\n" });
    expect(await other.json(["images", "named"])).toMatchObject([
      { repository: "named", tag: "9" },
    ]);
  });

  test("an image without a name is listed with <none>", async () => {
    await using other = await workspace();
    const single = await writeArchive(join(other.directory, "single.tar"), [
      { tags: [], layers: [{ a: "a" }] },
    ]);
    const { stdout } = await other.run(["load", single]);
    expect(stdout).toMatch(/^Loaded image ID: sha256:[0-9a-f]{64}\n$/);
    expect((await other.run(["images"])).stdout).toMatch(/^<none> +<none> +[0-9a-f]{12} /m);
    expect(await other.json(["images"])).toMatchObject([
      { repository: null, tag: null, reference: null },
    ]);
  });

  test("what is no archive is refused, and nothing is listed", async () => {
    await using other = await workspace();
    const path = join(other.directory, "noise");
    await writeFile(path, randomBytes(5000));
    for (const wrong of [path, join(other.directory, "absent.tar")]) {
      const { status, stdout, stderr } = await other.run(["load", "-q", wrong]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/^shale: [^\n]+ \([A-Z_]+\)\n$/);
    }
    expect(await other.json(["images"])).toEqual([]);
  });
});

describe("images", () => {
  test("has docker's columns", async () => {
    const lines = (await space.shale(["images"])).stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/);
    expect(lines).toHaveLength(4);
    expect(lines.join("\n")).toMatch(/^one +1\.0 +[0-9a-f]{12} +\d+ \w+ ago +\S+B$/m);
  });

  test("as JSON has whole digests and plain numbers", async () => {
    const [one] = await images("one");
    const source = loaded.images.find(({ reference }) => reference === "one:1.0")!;
    expect(one).toEqual({
      repository: "one",
      tag: "1.0",
      reference: "one:1.0",
      digest: source.digest,
      imageId: source.imageId,
      created: "2024-01-26T21:44:21.000Z",
      sizeBytes: expect.any(Number),
    });
    expect(one!.imageId).toMatch(DIGEST);
  });

  test("filters by repository and by name", async () => {
    expect((await images("two")).map(({ tag }) => tag).sort()).toEqual(["2.0", "latest"]);
    expect((await images("two:2.0")).map(({ tag }) => tag)).toEqual(["2.0"]);
    expect(await images("three")).toEqual([]);
  });

  test("-q prints ids, short or whole", async () => {
    const { imageId } = (await images("one"))[0]!;
    expect((await space.run(["images", "-q", "one"])).stdout).toBe(`${imageId.slice(7, 19)}\n`);
    expect((await space.run(["images", "-q", "--no-trunc", "one"])).stdout).toBe(`${imageId}\n`);
  });

  test("--digests adds a column", async () => {
    const { digest } = (await images("one"))[0]!;
    const { stdout } = await space.run(["images", "--digests"]);
    expect(stdout).toMatch(/^REPOSITORY +TAG +DIGEST +IMAGE ID/);
    expect(stdout).toContain(digest);
  });
});

describe("a store that is not there", () => {
  test("is empty to who asks what is in it, and is not made", async () => {
    await using other = await workspace();
    expect(await other.json(["images"])).toEqual([]);
    expect(await other.json(["df"])).toMatchObject({ images: 0, bytes: { stored: 0 } });
    const { stderr } = await other.run(["images"]);
    expect(stderr).toMatch(/^shale: warning: no store at /);
    expect(await readdir(other.directory)).toEqual([]);
  });

  test("fails everything else", async () => {
    await using other = await workspace();
    const digest = sha256(Buffer.from("x"));
    for (const args of [
      ["verify"],
      ["gc"],
      ["rmi", "x"],
      ["tag", "x", "y"],
      ["save", "x"],
      ["cat", digest],
    ]) {
      const { status, stderr } = await other.run([...args, "--json"]);
      expect(status).toBe(1);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: "STORE_MISSING" } });
    }
    expect(await readdir(other.directory)).toEqual([]);
  });
});

describe("save", () => {
  test.each(["docker", "oci"])("a %s archive loads again as the same images", async (format) => {
    await using other = await workspace();
    const file = join(other.directory, "saved.tar");
    const report = await space.json(["save", "one:1.0", "two:2.0", "--format", format, "-o", file]);
    const sizeBytes = (await readFile(file)).length;
    expect(report).toEqual({ file, format, references: ["one:1.0", "two:2.0"], sizeBytes });
    await other.json(["load", file]);
    const ids = ((await other.json(["images"])) as ImageJson[]).map(({ reference, imageId }) => [
      reference,
      imageId,
    ]);
    const expected = (await images()).filter(({ tag }) => tag !== "latest");
    expect(ids.sort()).toEqual(
      expected.map(({ reference, imageId }) => [reference, imageId]).sort(),
    );
  });

  test("to stdout is the same archive as to a file", async () => {
    const file = join(space.directory, "saved.tar");
    await space.json(["save", "one:1.0", "-o", file]);
    const { stdout } = await space.shale(["save", "one:1.0"], { encoding: "latin1" });
    expect(sha256(Buffer.from(stdout, "latin1"))).toBe(sha256(await readFile(file)));
  });

  test("of an unknown image leaves no file", async () => {
    await using other = await workspace();
    const { status } = await space.run(["save", "absent", "-o", join(other.directory, "out.tar")]);
    expect(status).toBe(1);
    expect(await readdir(other.directory)).toEqual([]);
  });
});

describe("cat", () => {
  test("gives a blob back, and a range of it", async () => {
    const { digest, sizeBytes } = loaded.images[0]!.layers[0]!;
    const whole = await space.shale(["cat", digest], { encoding: "latin1" });
    const bytes = Buffer.from(whole.stdout, "latin1");
    expect(bytes.length).toBe(sizeBytes);
    expect(sha256(bytes)).toBe(digest);
    const part = await space.run(["cat", digest, "--range", "500:1000"], { encoding: "latin1" });
    expect(part.stdout).toBe(whole.stdout.slice(500, 1500));
    const tail = await space.run(["cat", digest, "--range", `${sizeBytes - 7}:`], {
      encoding: "latin1",
    });
    expect(tail.stdout).toBe(whole.stdout.slice(-7));
  });

  test("knows what it does not have", async () => {
    const outcome = await space.run(["cat", sha256(Buffer.from("x"))]);
    expect(outcome).toMatchObject({ status: 1, stdout: "" });
    expect(outcome.stderr).toContain("(BLOB_UNKNOWN)");
    const { digest, sizeBytes } = loaded.images[0]!.layers[0]!;
    const beyond = await space.run(["cat", digest, "--range", `${sizeBytes + 1}:1`]);
    expect(beyond.status).toBe(1);
    expect(beyond.stderr).toContain("(RANGE_INVALID)");
  });
});

describe("df", () => {
  test("as JSON has all its fields, and counts shared layers once", async () => {
    const use = (await space.json(["df"])) as {
      bytes: Record<string, number>;
      layers: { referenced: number; unique: number };
    };
    expect(Object.keys(use)).toEqual(["images", "layers", "bytes"]);
    expect(Object.keys(use.bytes)).toEqual([
      "logical",
      "uniqueBlobs",
      "uniqueBlobsUncompressed",
      "uncompressed",
      "uniqueContent",
      "stored",
      "staged",
      "index",
    ]);
    expect(use.layers.unique).toBe(3);
    expect(use.layers.referenced).toBeGreaterThan(use.layers.unique);
    expect(use.bytes.logical!).toBeGreaterThan(use.bytes.uniqueBlobs!);
    expect(use.bytes.uniqueContent!).toBeGreaterThan(350_000);
  });

  test("for people says how much is saved", async () => {
    const { stdout } = await space.shale(["df"]);
    expect(stdout).toMatch(/^On disk +\S+B +packs \S+B, staged \S+B, index \S+B$/m);
    expect(stdout).toMatch(/^Saved: \d+\.\d\dx against images kept apart, /m);
  });
});

describe("verify", () => {
  test("finds a sound store sound", async () => {
    const report = await space.json(["verify"]);
    expect(report).toMatchObject({ errors: [] });
    const { blobs, chunks, bytes } = report as { blobs: number; chunks: number; bytes: number };
    expect(Math.min(blobs, chunks, bytes)).toBeGreaterThan(0);
    const { stdout } = await space.run(["verify"]);
    expect(stdout).toBe(stdout.replace(/.*\n(?=.)/g, ""));
    expect(stdout).toContain(": all as stored\n");
  });

  test("reports damage on stdout, and fails", async () => {
    await using other = await workspace();
    await other.json(["load", archive]);
    await damage(join(other.storePath, "packs"));
    const { status, stdout, stderr } = await other.shale(["verify", "--json", "-q"]);
    expect(status).toBe(1);
    const { errors } = JSON.parse(stdout) as { errors: Record<string, unknown>[] };
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(error).toEqual({
        code: expect.any(String),
        digest: expect.any(String),
        message: expect.any(String),
      });
    }
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "VERIFY_FAILED" } });
  });
});

/** Turns one bit in the middle of the largest pack, where the content of files is. */
async function damage(packs: string): Promise<void> {
  let largest = { path: "", bytes: Buffer.alloc(0) };
  for (const name of await readdir(packs)) {
    const bytes = await readFile(join(packs, name));
    if (bytes.length > largest.bytes.length) largest = { path: join(packs, name), bytes };
  }
  const middle = largest.bytes.length >> 1;
  largest.bytes[middle] = largest.bytes[middle]! ^ 1;
  await writeFile(largest.path, largest.bytes);
}

describe("tag, rmi, gc and rebuild-index", () => {
  test("go through the life of an image", async () => {
    await using other = await workspace();
    await other.json(["load", archive]);
    expect(await other.json(["tag", "one:1.0", "again:3"])).toEqual({
      source: "one:1.0",
      target: "again:3",
    });
    expect(await other.shale(["tag", "again:3", "once:more"])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });

    expect((await other.shale(["rmi", "one:1.0"])).stdout).toBe("Untagged: one:1.0\n");
    expect(await other.json(["rmi", "again:3"])).toEqual({ untagged: ["again:3"], deleted: [] });
    const last = (await other.json(["rmi", "once:more"])) as {
      untagged: string[];
      deleted: string[];
    };
    expect(last.untagged).toEqual(["once:more"]);
    expect(last.deleted.length).toBeGreaterThan(0);

    const freed = (await other.json(["gc"])) as { blobs: number; freedBytes: number };
    expect(Object.keys(freed)).toEqual(["blobs", "chunks", "freedBytes"]);
    expect(freed.freedBytes).toBeGreaterThan(0);
    expect(await other.json(["images", "one"])).toEqual([]);

    const before = await other.json(["images"]);
    expect(Object.keys((await other.json(["rebuild-index"])) as object)).toEqual([
      "blobs",
      "chunks",
      "tags",
      "losses",
    ]);
    expect(await other.json(["images"])).toEqual(before);
    expect(await other.json(["verify"])).toMatchObject({ errors: [] });
  });

  test("rmi says what is gone before it fails", async () => {
    await using other = await workspace();
    await other.json(["load", archive]);
    const { status, stdout, stderr } = await other.run([
      "rmi",
      "two:latest",
      "absent:1",
      "one:1.0",
    ]);
    expect(status).toBe(1);
    expect(stdout).toBe("Untagged: two:latest\n");
    expect(stderr).toMatch(/^shale: [^\n]*absent:1[^\n]* \(IMAGE_UNKNOWN\)\n$/);
    expect(await other.json(["images", "one"])).toHaveLength(1);
  });

  test("a name that cannot be one is a mistake in usage", async () => {
    const { status, stderr } = await space.run(["tag", "one:1.0", "UPPER/../x"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/\(REFERENCE_INVALID\)\n$/);
  });
});
