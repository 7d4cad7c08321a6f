import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeArchive } from "./testing/archive.ts";
import { MAIN, startShale, type Workspace, workspace } from "./testing/shale.ts";

const BASH_SCRIPT = fileURLToPath(new URL("../completions/shale.bash", import.meta.url));

let space: Workspace;
let archive: string;
let digest: string;

beforeAll(async () => {
  space = await workspace();
  archive = await writeArchive(join(space.directory, "app.tar"), [
    {
      tags: ["registry.example:5000/team/app:1.0"],
      layers: [{ "big.bin": randomBytes(3_000_000) }],
    },
  ]);
  const loaded = (await space.json(["load", archive])) as {
    images: { layers: { digest: string }[] }[];
  };
  digest = loaded.images[0]!.layers[0]!.digest;
});

afterAll(() => space[Symbol.asyncDispose]());

test("a reader that goes away ends it quietly", async () => {
  const child = startShale(["cat", digest], { env: { SHALE_STORE: space.storePath } });
  child.stdin.end();
  const ended = once(child, "close");
  const stderr = text(child.stderr);
  await once(child.stdout, "data");
  child.stdout.destroy();
  expect(await ended).toEqual([0, null]);
  expect(await stderr).toBe("");
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s stops it in good order, with status %d", async (signal, status) => {
  await using other = await workspace();
  const child = startShale(["load", "-", "--json"], { env: { SHALE_STORE: other.storePath } });
  child.stdin.on("error", () => {});
  const ended = once(child, "close");
  const stderr = text(child.stderr);
  // The store is made before the archive is read. Less than a tar's header says nothing yet: the command waits for more.
  child.stdin.write(Buffer.alloc(100));
  while (!(await readdir(other.directory)).includes("store")) await setTimeout(20);
  child.kill(signal);
  expect(await ended).toEqual([status, null]);
  expect(JSON.parse(await stderr)).toMatchObject({ error: { code: "INTERRUPTED" } });
  expect(await other.json(["images"])).toEqual([]);
  expect(await other.json(["verify"])).toMatchObject({ errors: [] });
});

test("a failure that nobody foresaw is one line, with the stack only where it was asked for", async () => {
  // A store's path that runs through a file fails in the system, below everything that has a code of its own.
  const env = { SHALE_STORE: join(archive, "store") };
  const plain = await space.shale(["verify"], { env });
  expect(plain.status).toBe(1);
  expect(plain.stderr).toMatch(/^shale: [^\n]+ \([A-Z_]+\)\n$/);
  const debug = await space.shale(["verify"], { env: { ...env, SHALE_DEBUG: "1" } });
  expect(debug.stderr).toContain("\n    at ");
});

test("bash completes commands, options, and references with their colons", async () => {
  const shale = join(space.directory, "shale");
  await writeFile(shale, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  await chmod(shale, 0o755);
  const complete = async (line: string): Promise<string[]> => {
    const script = `source "${BASH_SCRIPT}"
      compopt() { echo "$@"; }
      COMP_LINE=$1 COMP_POINT=\${#1}
      _shale
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: process.env.PATH ?? "", SHALE_STORE: space.storePath };
    const { stdout } = await promisify(execFile)("bash", ["-c", script, "bash", line], { env });
    return stdout.trim().split("\n");
  };
  expect(await complete(`${shale} im`)).toEqual(["images", "image"]);
  expect(await complete(`${shale} save --format d`)).toEqual(["docker"]);
  expect(await complete(`${shale} load x`)).toEqual(["-o default"]);
  expect(await complete(`${shale} rmi reg`)).toEqual(["registry.example:5000/team/app:1.0"]);
  expect(await complete(`${shale} rmi registry.example:5000/team/app:`)).toEqual(["1.0"]);
  expect(await complete(`${shale} rmi --store /nowhere reg`)).toEqual([""]);
});
