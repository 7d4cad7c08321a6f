import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ROOT, succeed } from "../packaging/commands.ts";

const run = promisify(execFile);
const MAIN = join(ROOT, "packages", "cli", "src", "main.ts");
const OUTPUT_MAX_BYTES = 1 << 30;

/** Programs that build, copy and load images, with storage of their own below a directory. */
export interface Clients {
  skopeo(...args: string[]): Promise<string>;
  buildah(...args: string[]): Promise<string>;
  umoci(...args: string[]): Promise<string>;
  tar(args: readonly string[]): Promise<string>;
}

export async function openClients(directory: string): Promise<Clients> {
  const policy = join(directory, "policy.json");
  await writeFile(policy, JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
  const storage = ["--storage-driver", "vfs", "--root", join(directory, "storage")];
  const runroot = ["--runroot", join(directory, "run")];
  return {
    skopeo: (...args) => output(["skopeo", "--policy", policy, ...args]),
    // What takes a policy is a command of buildah, not buildah itself.
    buildah: (command, ...args) =>
      output(["buildah", ...storage, ...runroot, command!, "--signature-policy", policy, ...args]),
    umoci: (...args) => output(["umoci", ...args]),
    tar: (args) => output(["tar", ...args]),
  };
}

async function output(command: readonly string[]): Promise<string> {
  return (await succeed(command)).stdout;
}

/** The command line, run as a process on one store. */
export interface Shale {
  readonly storePath: string;
  /** Fails on any other exit status than 0. */
  run(...args: string[]): Promise<string>;
  /** What `--json` prints. */
  json<Result>(...args: string[]): Promise<Result>;
  /** What a command writes to stdout, byte for byte. */
  bytes(...args: string[]): Promise<Buffer>;
  /** The command that runs `args`, to be started by somebody else. */
  command(...args: string[]): [string, ...string[]];
}

export function openShale(storePath: string): Shale {
  const command: Shale["command"] = (...args) => [
    process.execPath,
    MAIN,
    "--store",
    storePath,
    ...args,
  ];
  const shale: Shale = {
    storePath,
    command,
    run: (...args) => output(command(...args)),
    json: async (...args) => JSON.parse(await shale.run("--json", ...args)),
    bytes: async (...args) => {
      const [program, ...rest] = command(...args);
      const options = { encoding: "buffer", maxBuffer: OUTPUT_MAX_BYTES } as const;
      return (await run(program, rest, options)).stdout;
    },
  };
  return shale;
}

/** What `shale load --json` prints. */
export interface Loaded {
  readonly images: readonly {
    readonly reference: string | null;
    readonly digest: string;
    readonly imageId: string;
    readonly layers: readonly LoadedLayer[];
  }[];
}

export interface LoadedLayer {
  readonly digest: string;
  readonly diffId: string | null;
  readonly status: "stored" | "exists";
}

/** What `shale df --json` prints, as far as it is looked at. */
export interface DiskUse {
  readonly images: number;
  readonly layers: { readonly referenced: number; readonly unique: number };
  readonly bytes: Readonly<Record<string, number>>;
}

/** What `shale blobs --json` prints of each blob. */
export interface ListedBlob {
  readonly digest: string;
  readonly mediaType: string | null;
  readonly sizeBytes: number;
  readonly state: "staged" | "settled";
  readonly tier: 0 | 1 | 2 | null;
  readonly model: string | null;
  readonly recipeBytes: number | null;
  readonly reason: string | null;
}

/** Copies files to where a builder finds them. */
export async function copyFiles(
  files: readonly { readonly path: string; readonly name: string }[],
  to: string,
): Promise<void> {
  for (const { path, name } of files) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    await cp(path, join(to, name));
  }
}
