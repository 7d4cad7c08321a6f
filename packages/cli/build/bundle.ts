import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";
import { isNodeModule, plainNodeModules } from "./node-modules.ts";

/**
 * What is started by its name: the program, the library's face, and what threads run. All files lie in one folder, where
 * each finds the others beside it, as in the packages that they come from.
 */
const ENTRIES = {
  main: "src/main.ts",
  index: "src/index.ts",
  worker: "../store/src/workers/worker.ts",
  "gzip-worker": "../store/src/workers/gzip-worker.ts",
  "pool-worker": "../hash/src/pool-worker.ts",
  "file-worker": "../hash/src/file-worker.ts",
  "password-worker": "../accounts/src/password-worker.ts",
};

/** Libraries of which only a part is taken in. */
const PARTS = { undici: "build/undici.ts" };

/**
 * What is used together is one file: each file takes a millisecond to be found and read. What threads run is in none of the store's,
 * which would bring LMDB into each of them.
 */
const GROUPS = [
  {
    name: "content",
    test: /\/packages\/(content|tar|hash)\/src\/(?!pool|file-worker)|\/helpers\//,
  },
  { name: "deflate", test: /\/packages\/deflate\// },
  { name: "store", test: /\/packages\/(store|chunk|hash)\/src\/(?!.*-worker|workers\/worker)/ },
  // A pull reads documents alone.
  { name: "image", test: /\/packages\/image\/src\/(?!index|archive|load|save)/ },
  { name: "archives", test: /\/packages\/image\/|\/node_modules\/(tar-stream|streamx)\// },
  { name: "remote", test: /\/packages\/(remote|credentials)\// },
  {
    name: "cli",
    test: /\/packages\/cli\/src\/(?!main|index|commands\/|serve\/|completion\/|build-time|open-)/,
  },
  { name: "cli", test: /\/node_modules\/(commander|pretty-bytes|picocolors)\// },
];

/** The oldest Node of `engines`: it knows no `using`. */
const TARGET = "node22.15";

/**
 * Bundles the sources, split so that a command loads what it needs. What the package depends on stays outside: libraries
 * with a native part, and those that start threads from files of their own.
 * @returns the paths of all modules that were taken in
 */
export async function bundle(packagePath: string, distPath: string): Promise<string[]> {
  const dependencies = await dependenciesOf(packagePath);
  await using build = await rolldown({
    cwd: packagePath,
    input: ENTRIES,
    platform: "node",
    plugins: [partsOf(packagePath), plainNodeModules()],
    external: (source, importer) => dependencies.includes(source) || isNodeModule(source, importer),
    transform: { target: TARGET },
    onLog(level, { message }) {
      // An import that is not found is only warned of, and would fail when it is installed.
      if (level === "warn") throw new Error(`bundle ${packagePath}: ${message}`);
    },
  });
  const { output } = await build.write({
    dir: distPath,
    format: "esm",
    sourcemap: true,
    comments: { legal: true, annotation: false, jsdoc: false },
    entryFileNames: "[name].js",
    codeSplitting: { groups: GROUPS },
    chunkFileNames: ({ name, moduleIds }) => `${chunkName(name, moduleIds)}-[hash].js`,
  });
  return output
    .filter((one): one is OutputChunk => one.type === "chunk")
    .flatMap(({ moduleIds }) => moduleIds);
}

function partsOf(packagePath: string): Plugin {
  return {
    name: "parts",
    resolveId(source) {
      return source in PARTS ? join(packagePath, PARTS[source as keyof typeof PARTS]) : null;
    },
  };
}

async function dependenciesOf(packagePath: string): Promise<string[]> {
  const text = await readFile(join(packagePath, "package.json"), "utf8");
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return Object.keys(dependencies);
}

/** A package's `index.ts` is named after its folder: a stack trace with `src` in it tells nothing. */
function chunkName(name: string, moduleIds: readonly string[]): string {
  if (name !== "src") return name;
  return /\/packages\/([^/]+)\/src\/index\.ts$/.exec(moduleIds.at(-1) ?? "")?.[1] ?? name;
}
