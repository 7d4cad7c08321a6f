import { readFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { isInstalled, output } from "./command.ts";

/** Where and when something was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
  /** Programs that are compared with, and their versions. */
  readonly tools: Readonly<Record<string, string>>;
  readonly startedAt: string;
  /** Of 1, 5 and 15 minutes, before anything was measured: on an idle machine near 0. */
  readonly loadAverage: readonly number[];
}

const VERSION_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  restic: ["version"],
  borg: ["--version"],
  casync: ["--version"],
  zstd: ["--version"],
  openssl: ["version"],
  go: ["version"],
  gzip: ["--version"],
  pigz: ["--version"],
  skopeo: ["--version"],
  "docker-registry": ["--version"],
  registry: ["--version"],
  zot: ["--version"],
};

/** What is marked as a version counts before other numbers: zot says what time it is first. */
const VERSIONS = [/(?<=\bv)\d+(\.\d+)+/, /\d+(\.\d+)+|\d+$/m];

export async function describeMachine(): Promise<Machine> {
  const loadAverage = loadavg().map((load) => Math.round(load * 100) / 100);
  const tools: Record<string, string> = {};
  for (const [program, args] of Object.entries(VERSION_COMMANDS)) {
    if (!isInstalled(program)) continue;
    const said = await output([program, ...args]);
    const versions = VERSIONS.flatMap((pattern) => pattern.exec(said)?.[0] ?? []);
    tools[program] = `${program} ${versions[0] ?? "of unknown version"}`;
  }
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    system: await systemName(),
    node: process.version,
    tools,
    startedAt: new Date().toISOString(),
    loadAverage,
  };
}

/** os-release(5); other systems have none. */
async function systemName(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? process.platform;
}
