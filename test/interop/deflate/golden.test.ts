import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT, succeed } from "../../packaging/commands.ts";

/**
 * The golden digests that models of encoders are tested with, made once more by the tools that are here. Each
 * `make-NAME` writes its `NAME.json` beside itself, so that it runs in a copy of the package.
 */

const PACKAGE = join(ROOT, "packages", "deflate");
const GOLDEN = join("src", "testing", "golden");
/** What runs a script, by the end of its name. */
const RUNNERS: Readonly<Record<string, string>> = { ".ts": process.execPath, ".py": "python3" };

const scripts = (await readdir(join(PACKAGE, GOLDEN))).filter((name) => name.startsWith("make-"));

let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "shale-golden-"));
  for (const name of ["package.json", "src"]) {
    await cp(join(PACKAGE, name), join(copy, name), { recursive: true });
  }
  await symlink(join(PACKAGE, "node_modules"), join(copy, "node_modules"));
});

afterAll(() => rm(copy, { recursive: true, force: true }));

/** Some start a tool thousands of times. */
const TIMEOUT_MS = 20 * 60_000;

// Most of the time goes into one thread each.
test.concurrent.each(scripts)(
  "%s gives what is committed",
  { timeout: TIMEOUT_MS },
  async (script) => {
    const name = `${script.slice("make-".length, -extname(script).length)}.json`;
    await rm(join(copy, GOLDEN, name));
    await succeed([RUNNERS[extname(script)]!, join(copy, GOLDEN, script)]);
    const made = await readFile(join(copy, GOLDEN, name), "utf8");
    expect(JSON.parse(made)).toEqual(
      JSON.parse(await readFile(join(PACKAGE, GOLDEN, name), "utf8")),
    );
  },
);
