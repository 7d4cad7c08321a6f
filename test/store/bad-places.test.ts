import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import type { Digest } from "../../packages/content/src/index.ts";
import { openStore } from "../../packages/store/src/index.ts";
import { layerIn, layerTar, someFiles } from "./support/layers.ts";
import { startLimited } from "./support/limited-process.ts";
import { makePlace } from "./support/place.ts";
import { contextOf, runCommand } from "./support/run-command.ts";
import { assertVerifies, digestOf, stateOf } from "./support/state.ts";
import type { StoreProcess } from "./support/store-process.ts";

const place = await makePlace("bad-places");
const STORE = new URL("../../packages/store/src/index.ts", import.meta.url).href;
const NOBODY = 65_534;

async function makeStore(): Promise<string> {
  const path = place.next();
  await using store = await openStore(path, { threads: 1 });
  await using writer = await store.ingest();
  await writer.write(Buffer.from("what was there before\n"));
  await store.tag("before", (await writer.commit()).digest);
  return path;
}

/** Every file with its bytes, and every directory. */
async function filesOf(path: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    files.set(file, entry.isFile() ? await readFile(file, "base64") : "no file");
  }
  return files;
}

/** Opening is refused in one line that names the place, and nothing there changes. */
async function assertRefused(path: string, code: string): Promise<void> {
  await assert.rejects(openStore(path, { threads: 1 }), (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^[^\n]+$/);
    assert.ok(error.message.includes(path), error.message);
    return true;
  });
}

test("a store of a newer format is left alone", async () => {
  const path = await makeStore();
  const description = join(path, "shale.json");
  const value = JSON.parse(await readFile(description, "utf8")) as object;
  await writeFile(description, JSON.stringify({ ...value, format: 1000, chunks: "another way" }));
  const before = await filesOf(path);
  await assertRefused(path, "STORE_NEWER");
  assert.deepEqual(await filesOf(path), before);
});

test("a file is not a store", async () => {
  const path = place.next();
  await writeFile(path, "a letter");
  await assertRefused(path, "STORE_FOREIGN");
  await assertRefused(join(path, "below"), "STORE_FOREIGN");
  assert.equal(await readFile(path, "utf8"), "a letter");
});

test("a directory that holds something else is not made a store", async () => {
  const path = place.next();
  await mkdir(path);
  await writeFile(join(path, "letter"), "a letter");
  const before = await filesOf(path);
  await assertRefused(path, "STORE_FOREIGN");
  assert.deepEqual(await filesOf(path), before);
});

test("nothing can be made where the system makes all files", async () => {
  await assertRefused("/proc/shale", "STORE_READ_ONLY");
  await assertRefused("/proc/shale/below", "STORE_READ_ONLY");
});

/** Opens a store as somebody without rights, and says how that ended. */
const OPEN_AS_NOBODY = `
  const { openStore } = await import(${JSON.stringify(STORE)});
  if (process.getuid() === 0) {
    process.setgroups([]);
    process.setgid(${NOBODY});
    process.setuid(${NOBODY});
  }
  const refused = await openStore(process.argv[1], { threads: 1 }).catch((error) => error);
  process.stdout.write(JSON.stringify({ code: refused.code, message: refused.message }));
`;

async function openAsNobody(path: string): Promise<{ code?: string; message?: string }> {
  const args = ["--input-type=module", "--eval", OPEN_AS_NOBODY, path];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let answer = "";
  child.stdout.on("data", (text) => {
    answer += String(text);
  });
  await once(child, "close");
  return JSON.parse(answer) as { code?: string; message?: string };
}

test.each([
  { what: "a store that belongs to somebody else", part: "." },
  { what: "packs that cannot be written", part: "packs" },
  { what: "staged files that cannot be written", part: "staged" },
  { what: "an index that cannot be written", part: "index" },
])("$what: refused, and left alone", async ({ part }) => {
  const path = place.next();
  await cp(await makeStore(), path, { recursive: true });
  await makeAccessible(path);
  await chmod(join(path, part), 0o555);
  const before = await filesOf(path);
  const { code, message = "" } = await openAsNobody(path);
  await chmod(join(path, part), 0o755);
  assert.equal(code, "STORE_READ_ONLY", message);
  assert.match(message, /^[^\n]+$/);
  assert.deepEqual(await filesOf(path), before);
});

/** All but one part of the store can be written by everybody. */
async function makeAccessible(path: string): Promise<void> {
  await chmod(join(path, ".."), 0o755);
  for (const part of [".", "index", "packs", "staged"]) await chmod(join(path, part), 0o777);
  for (const file of ["shale.json", "index/data.mdb", "index/lock.mdb"]) {
    await chmod(join(path, file), 0o666);
  }
}

const layers: { readonly file: string; readonly digest: Digest }[] = [];
for (let seed = 1; seed <= 3; seed++) {
  const files = someFiles(6, { firstSeed: 100 * seed, sizeBytes: 60_000 });
  const tar = await layerTar(files);
  for (const bytes of [tar, layerIn("gzip", tar)]) {
    const file = place.next();
    await writeFile(file, bytes);
    layers.push({ file, digest: digestOf(bytes) });
  }
}

/** What no file may grow beyond, in KiB: the index, a staged copy, a pack in its middle, a later pack. */
test.each([24, 60, 100, 200, 300, 500, 900])(
  "files that may not grow beyond %d KiB: nothing acknowledged is lost",
  async (limitKib) => {
    const path = place.next();
    await runCommandsOf(path, []);
    await using child = await startLimited({ path }, { limitKib, script: place.next() });
    const done: string[] = [];
    const refusals: string[] = [];
    for (const [index, { file, digest }] of layers.entries()) {
      const via = index % 2 === 0 ? "source" : "stream";
      const loading = child.call({ op: "load", file, via, tag: `layer-${index}` });
      await loading.then(
        () => done.push(`layer-${index} ${digest}`),
        (error: { code: string; message: string }) => refusals.push(error.code ?? error.message),
      );
    }
    const closed = child.call({ op: "close" }).catch((error: { code: string }) => error.code);
    assert.match(String(await closed), /undefined|STORE_FULL/);
    await endOf(child);
    assert.ok(refusals.length > 0, "the limit was never met");
    assert.deepEqual([...new Set(refusals)], ["STORE_FULL"]);
    await assertHolds(path, done);
    await runCommandsOf(
      path,
      layers.map(({ file }) => file),
    );
  },
);

/** The process lived to give all its answers: no rejection ended it. */
async function endOf(child: StoreProcess): Promise<void> {
  child.signal("SIGTERM");
  assert.deepEqual(await child.exited, { code: null, signal: "SIGTERM" }, child.stderr);
}

async function assertHolds(path: string, tags: readonly string[]): Promise<void> {
  await using store = await openStore(path, { threads: 1 });
  const state = await stateOf(store);
  for (const tag of tags) assert.ok(state.tags.includes(tag), `${tag} is gone`);
  await assertVerifies(store);
}

/** With space again, everything goes. */
async function runCommandsOf(path: string, files: readonly string[]): Promise<void> {
  await using store = await openStore(path, { threads: 1 });
  for (const file of files) {
    await runCommand(contextOf(store), { op: "load", file, via: "source", tag: "again" });
  }
  await assertVerifies(store);
}
