import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runHere } from "./testing/in-process.ts";
import { runShale } from "./testing/shale.ts";

const VERSION = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  }
).version;

test.each([
  [["frobnicate"], "unknown command 'frobnicate'"],
  [["images", "--frobnicate"], "unknown option '--frobnicate'"],
  [["imagse"], "Did you mean one of image, images?"],
  [["load"], "missing required argument 'path'"],
  [["df", "extra"], "too many arguments"],
  [["cat", "sha256:12"], "64 hex digits"],
  [["cat", `sha256:${"0".repeat(64)}`, "--range", "5-9"], "OFFSET:LENGTH"],
  [["save", "x", "--format", "rpm"], "Allowed choices are oci, docker"],
  [["completion", "tcsh"], "Allowed choices are bash, zsh, fish"],
  [["images", "--store", ""], "name a directory"],
])("%j is a mistake in usage", async (args, problem) => {
  const { status, stdout, stderr } = await runHere(args);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^shale: [^\n]*\(USAGE\)\n$/);
  expect(stderr).toContain(problem);
});

test("with --json an error is JSON", async () => {
  const { status, stderr } = await runShale(["images", "--json", "--frobnicate"]);
  expect(status).toBe(2);
  const { error } = JSON.parse(stderr) as { error: { code: string; message: string } };
  expect(error.code).toBe("USAGE");
  expect(error.message).toContain("--frobnicate");
});

test("without a command the help goes to stderr", async () => {
  const { status, stdout, stderr } = await runShale([]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain("Usage: shale");
});

test("help that was asked for goes to stdout", async () => {
  for (const args of [["--help"], ["help"], ["save", "--help"]]) {
    const { status, stdout, stderr } = await runHere(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("Usage: shale");
    expect(stdout).toContain("--store <dir>");
  }
});

test("the version, in three forms", async () => {
  expect(await runShale(["--version"])).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: "" });
  const { stdout } = await runShale(["version"]);
  expect(stdout).toMatch(new RegExp(`^shale ${VERSION.replaceAll(".", "\\.")} \\(node .*\\)\\n$`));
  const json = await runShale(["version", "--json"]);
  expect(JSON.parse(json.stdout)).toEqual({
    version: VERSION,
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
  });
});
