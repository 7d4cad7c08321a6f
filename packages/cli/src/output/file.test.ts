import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeFileAtomically } from "./file.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-file-"));
});

afterEach(() => rm(directory, { recursive: true }));

/** One buffer lent again and again, as a store lends its pieces. */
async function* pieces(texts: readonly string[], error?: Error): AsyncGenerator<Uint8Array> {
  const lent = Buffer.alloc(64);
  for (const text of texts) yield lent.subarray(0, lent.write(text));
  if (error !== undefined) throw error;
}

test("the file appears whole, and nothing else does", async () => {
  const path = join(directory, "out.tar");
  expect(await writeFileAtomically(path, pieces(["one ", "two"]))).toBe(7);
  expect(await readFile(path, "utf8")).toBe("one two");
  expect(await readdir(directory)).toEqual(["out.tar"]);
});

test("a failure leaves what was there before", async () => {
  const path = join(directory, "out.tar");
  await writeFile(path, "before");
  const failing = writeFileAtomically(path, pieces(["one"], new Error("broken")));
  await expect(failing).rejects.toThrow("broken");
  expect(await readFile(path, "utf8")).toBe("before");
  expect(await readdir(directory)).toEqual(["out.tar"]);
});

test("while it is written the target is what it was", async () => {
  const path = join(directory, "out.tar");
  await writeFile(path, "before");
  async function* watched(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("new");
    expect(await readFile(path, "utf8")).toBe("before");
  }
  await writeFileAtomically(path, watched());
  expect(await readFile(path, "utf8")).toBe("new");
});

test("a link stays a link to the file that is replaced", async () => {
  await writeFile(join(directory, "real.tar"), "before");
  await symlink("real.tar", join(directory, "link.tar"));
  await writeFileAtomically(join(directory, "link.tar"), pieces(["after"]));
  expect(await readFile(join(directory, "real.tar"), "utf8")).toBe("after");
  expect((await readdir(directory)).sort()).toEqual(["link.tar", "real.tar"]);
});

test("a device is written, not replaced", async () => {
  const before = await stat("/dev/null");
  await writeFileAtomically("/dev/null", pieces(["gone"]));
  const after = await stat("/dev/null");
  expect(after.isCharacterDevice()).toBe(true);
  expect(after.ino).toBe(before.ino);
});

test("a directory is refused", async () => {
  const path = join(directory, "taken");
  await mkdir(path);
  await expect(writeFileAtomically(path, pieces(["x"]))).rejects.toMatchObject({ code: "EISDIR" });
});
