import { fileURLToPath } from "node:url";
import { isInstalled, run } from "../command.ts";
import type { WorkDir } from "../work-dir.ts";
import { PROGRAMS } from "./programs.ts";

/** A real encoder: a command that makes gzip of its stdin. */
export interface GzipTool {
  readonly name: string;
  readonly command: readonly string[];
  /** The most that a recipe of its blobs should be, in percent of the blob. */
  readonly limitPercent: number;
  /** The tool whose speed counts as its own, when that is another one. */
  readonly native?: string;
  /** How much of that speed making a blob again should reach. */
  readonly speedGoal?: number;
  /** It gets only the beginning of the tar, since it is so slow. */
  readonly inputBytes?: number;
}

export interface MissingTool {
  readonly name: string;
  readonly missing: string;
}

/** Encoders that are made again to the bit; those with tables that are no function of the window need large states. */
const EXACT = 0.1;
const SPARSE = 0.6;
/** There is no model of them. */
const UNKNOWN = 3;

const GNU_6 = "GNU gzip -6";
const ZOPFLI_INPUT_BYTES = 1024 * 1024;

const GO_PATH = fileURLToPath(new URL("../../go", import.meta.url));

/** Those that are there, and why the others are not. */
export async function gzipTools(
  work: WorkDir,
): Promise<{ readonly tools: readonly GzipTool[]; readonly missing: readonly MissingTool[] }> {
  const go = await builtByGo(work, "std");
  const klauspost = await builtByGo(work, "klauspost");
  const all: readonly (GzipTool | MissingTool)[] = [
    ofGo(go, { name: "Go compress/gzip 1", argument: "1", limitPercent: SPARSE }),
    ofGo(go, { name: "Go compress/gzip 6", argument: "6", limitPercent: EXACT, speedGoal: 0.6 }),
    ofGo(go, { name: "Go compress/gzip 9", argument: "9", limitPercent: EXACT }),
    ofGo(klauspost, { name: "klauspost gzip", argument: "single", limitPercent: SPARSE }),
    ofGo(klauspost, {
      name: "klauspost pgzip",
      argument: "pgzip",
      limitPercent: EXACT,
      speedGoal: 0.6,
    }),
    installed({ ...gnu(1), limitPercent: SPARSE }),
    installed(gnu(6)),
    installed(gnu(9)),
    installed({ ...likeGnu("pigz -6", ["pigz", "-6", "-n", "-c", "-p", "2"]) }),
    installed(likeGnu("Python gzip 6", ["python3", "-c", PROGRAMS.python])),
    await java(work),
    unknown("node:zlib 6", [process.execPath, "--input-type=module", "-e", PROGRAMS.node]),
    unknown("libdeflate-gzip -6", ["libdeflate-gzip", "-6", "-c"]),
    unknown("igzip -1", ["igzip", "-1", "-c"]),
    unknown("zopfli", ["zopfli", "--i1", "-c", "/dev/stdin"], ZOPFLI_INPUT_BYTES),
  ];
  return {
    tools: all.filter((tool): tool is GzipTool => "command" in tool),
    missing: all.filter((tool): tool is MissingTool => "missing" in tool),
  };
}

/** Runs a tool on a file. */
export async function encodeFile(
  { command }: GzipTool,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  // Go's programs are to use one core, too.
  const env = { GOMAXPROCS: "1", FROM: from, TO: to };
  await run(["sh", "-c", 'exec "$@" < "$FROM" > "$TO"', "sh", ...command], { env });
}

function gnu(level: 1 | 6 | 9): GzipTool {
  const command = ["gzip", `-${level}`, "-n", "-c"];
  return { name: `GNU gzip -${level}`, command, limitPercent: EXACT, speedGoal: 0.5 };
}

function likeGnu(name: string, command: readonly string[]): GzipTool {
  return { name, command, limitPercent: EXACT, native: GNU_6, speedGoal: 0.5 };
}

function unknown(
  name: string,
  command: readonly string[],
  inputBytes?: number,
): GzipTool | MissingTool {
  return installed({
    name: inputBytes === undefined ? name : `${name}, the first ${inputBytes >> 20} MiB`,
    command,
    limitPercent: UNKNOWN,
    ...(inputBytes !== undefined && { inputBytes }),
  });
}

function installed(tool: GzipTool): GzipTool | MissingTool {
  const program = tool.command[0]!;
  if (program.includes("/") || isInstalled(program)) return tool;
  return { name: tool.name, missing: `${program} is not installed` };
}

interface GoTool extends Omit<GzipTool, "command"> {
  readonly argument: string;
}

function ofGo(
  built: { readonly path: string } | { readonly missing: string },
  { argument, ...tool }: GoTool,
): GzipTool | MissingTool {
  if ("missing" in built) return { name: tool.name, missing: built.missing };
  return { ...tool, command: [built.path, argument] };
}

async function builtByGo(
  work: WorkDir,
  name: "std" | "klauspost",
): Promise<{ readonly path: string } | { readonly missing: string }> {
  if (!isInstalled("go")) return { missing: "go is not installed" };
  const path = work.fresh(name);
  const env = { GOTOOLCHAIN: "local" };
  return await run(["go", "build", "-o", path, "."], { cwd: `${GO_PATH}/${name}`, env }).then(
    () => ({ path }),
    (error: Error) => ({ missing: error.message.split("\n")[0]! }),
  );
}

async function java(work: WorkDir): Promise<GzipTool | MissingTool> {
  const name = "Java GZIPOutputStream";
  if (!isInstalled("javac")) return { name, missing: "javac is not installed" };
  const path = work.fresh("java");
  await run(["javac", "-d", path, fileURLToPath(new URL("../../java/Gzip.java", import.meta.url))]);
  return likeGnu(name, ["java", "-cp", path, "Gzip"]);
}
