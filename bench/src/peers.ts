import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isInstalled, run } from "./command.ts";
import type { Layout } from "./layers/layout.ts";

/** A program that takes in the same files. */
export interface Peer {
  readonly name: string;
  readonly program: string;
  /** Makes an empty repository. */
  begin(directory: string): Promise<void>;
  /** Puts the layers into it. */
  ingest(directory: string, layout: Layout): Promise<void>;
}

/** Those that are installed; `bench/families/peers.sh` installs all. */
export function installedPeers(): Peer[] {
  return [
    restic,
    borg("borg, lz4", []),
    borg("borg, zstd 3", ["--compression", "zstd,3"]),
    borg("borg, lz4, 64 KiB chunks", ["--chunker-params", "10,23,16,4095"]),
    casync,
  ].filter(({ program }) => isInstalled(program));
}

const RESTIC_ENV = { RESTIC_PASSWORD: "bench" };

const restic: Peer = {
  name: "restic",
  program: "restic",
  begin: (directory) =>
    run(["restic", "--no-cache", "-q", "-r", directory, "init"], { env: RESTIC_ENV }),
  ingest: (directory, { blobsPath }) =>
    run(["restic", "--no-cache", "-q", "-r", directory, "backup", blobsPath], { env: RESTIC_ENV }),
};

function borg(name: string, options: readonly string[]): Peer {
  const repository = (directory: string) => join(directory, "repository");
  const env = (directory: string) => ({
    BORG_BASE_DIR: join(directory, "base"),
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: "yes",
  });
  return {
    name,
    program: "borg",
    async begin(directory) {
      await mkdir(directory);
      await run(["borg", "init", "-e", "none", repository(directory)], { env: env(directory) });
    },
    ingest: (directory, { blobsPath }) =>
      run(["borg", "create", ...options, `${repository(directory)}::layers`, blobsPath], {
        env: env(directory),
      }),
  };
}

/** casync takes one file at a time; the chunks go to one store. */
const casync: Peer = {
  name: "casync",
  program: "casync",
  async begin(directory) {
    await mkdir(directory);
  },
  async ingest(directory, { layers }) {
    const store = `--store=${join(directory, "layers.castr")}`;
    for (const [at, { path }] of layers.entries()) {
      await run(["casync", "make", store, join(directory, `${at}.caibx`), path]);
    }
  },
};
