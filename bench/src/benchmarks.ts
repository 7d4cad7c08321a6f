import type { Benchmark } from "./row.ts";

interface BenchmarkModule {
  readonly run: Benchmark;
}

/** Every benchmark by its name; imported when it runs, so that one does not wait for the others. */
export const BENCHMARKS: Readonly<Record<string, () => Promise<BenchmarkModule>>> = {
  hashing: () => import("./micro/hashing.ts"),
  splitting: () => import("./micro/splitting.ts"),
  scanning: () => import("./micro/scanning.ts"),
  lookups: () => import("./micro/lookups.ts"),
  ingest: () => import("./ingest.ts"),
  reingest: () => import("./reingest.ts"),
  restore: () => import("./restore.ts"),
  memory: () => import("./memory.ts"),
  storage: () => import("./storage.ts"),
  "chunk-sizes": () => import("./chunk-sizes.ts"),
  lookup: () => import("./lookup.ts"),
  deflate: () => import("./deflate.ts"),
  remote: () => import("./remote.ts"),
  registry: () => import("./registry.ts"),
  images: () => import("./images.ts"),
};

export const NAMES: readonly string[] = Object.keys(BENCHMARKS);
