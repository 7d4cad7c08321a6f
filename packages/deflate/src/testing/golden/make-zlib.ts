/**
 * Makes zlib.json: for each encoder and group of inputs, the sha256 of what the real ones give.
 * Needs Python with zlib 1.2.13, GNU gzip 1.12 and pigz 2.6 on the path: node make-zlib.ts
 */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zlibDigests } from "../zlib-inputs.ts";

const VERSIONS: Readonly<Record<string, string>> = { gzip: "gzip 1.12\n", pigz: "pigz 2.6\n" };
const ZLIB_VERSION = "1.2.13";

const PYTHON = `
import sys, zlib
encoder = zlib.compressobj(int(sys.argv[1]), zlib.DEFLATED, -15, 8)
sys.stdout.buffer.write(encoder.compress(sys.stdin.buffer.read()) + encoder.flush())
`;

type Tool = (level: number, file: string) => Uint8Array;

/** What an input becomes, as a deflate stream alone. */
const TOOLS: Readonly<Record<string, Tool>> = {
  zlib: (level, file) => run("python3", ["-c", PYTHON, `${level}`], file),
  pigz: (level, file) => bodyOf(run("pigz", [`-${level}`, "-n", "-c", "-p", "2"], file)),
  gnu: (level, file) => bodyOf(run("gzip", [`-${level}`, "-n", "-c"], file)),
};

const folder = mkdtempSync(join(tmpdir(), "make-zlib-"));
try {
  checkVersions();
  const golden: Record<string, Record<string, string>> = {};
  for (const [name, tool] of Object.entries(TOOLS)) {
    for (let level = 1; level <= 9; level++) golden[`${name}/${level}`] = digestsOf(tool, level);
  }
  const text = `${JSON.stringify(golden, null, 2)}\n`;
  writeFileSync(new URL("zlib.json", import.meta.url), text);
} finally {
  rmSync(folder, { recursive: true });
}

function checkVersions(): void {
  for (const [tool, version] of Object.entries(VERSIONS)) {
    const text = execFileSync(tool, ["--version"]).toString();
    if (!text.startsWith(version)) throw new Error(`check ${tool}: got ${text}`);
  }
  const print = "import zlib; print(zlib.ZLIB_RUNTIME_VERSION)";
  const zlib = execFileSync("python3", ["-c", print]).toString().trim();
  if (zlib !== ZLIB_VERSION) throw new Error(`check zlib: got ${zlib}`);
}

function digestsOf(tool: Tool, level: number): Record<string, string> {
  const file = join(folder, "input");
  return zlibDigests((input) => {
    writeFileSync(file, input);
    return tool(level, file);
  });
}

/** Runs a tool that reads a regular file: how much comes at once from a pipe depends on its writer. */
function run(command: string, args: readonly string[], file: string): Uint8Array {
  const input = openSync(file, "r");
  try {
    return execFileSync(command, args, { stdio: [input, "pipe", "inherit"], maxBuffer: 2 ** 27 });
  } finally {
    closeSync(input);
  }
}

/** Without the header, which has no name, and the trailer. */
function bodyOf(blob: Uint8Array): Uint8Array {
  return blob.subarray(10, -8);
}
