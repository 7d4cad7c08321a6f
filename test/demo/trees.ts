import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A directory that is there, and where an image has it. */
export interface Tree {
  readonly from: string;
  /** Below the image's root, without a slash in front. */
  readonly to: string;
  /** Names directly below `from`; all when it is not given. */
  readonly only?: (name: string) => boolean;
}

export interface TreeFile {
  /** On this machine. */
  readonly path: string;
  /** In the image. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly mode: number;
}

/** The regular files of trees, in the order of their names. What is installed inside of a package is no part of it. */
export function filesOf(trees: readonly Tree[]): TreeFile[] {
  const files: TreeFile[] = [];
  for (const { from, to, only = () => true } of trees) {
    for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const parts = relative(from, path).split(sep);
      if (!entry.isFile() || parts.includes("node_modules") || !only(parts[0]!)) continue;
      const { size, mode } = statSync(path);
      files.push({ path, name: posix.join(to, ...parts), sizeBytes: size, mode: mode & 0o777 });
    }
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The Node runtime that runs this, and what comes with it: docs, headers, licences. */
export interface Runtime {
  readonly around: Tree;
  readonly program: Tree;
}

/** Installed as a package whose name tells the platform, so it is looked up by what the workspace asks for. */
export function runtime(): Runtime {
  const { optionalDependencies } = readPackageJson(ROOT);
  const installed = Object.keys(optionalDependencies ?? {}).find((name) =>
    existsSync(packagePath(name)),
  );
  if (installed !== undefined) {
    const from = realpathSync(packagePath(installed));
    const to = "usr/local";
    return {
      around: { from, to, only: (name) => name !== "bin" },
      program: { from, to, only: (name) => name === "bin" },
    };
  }
  const program = basename(process.execPath);
  return {
    around: { from: packagePath("@types/node"), to: "usr/local/include" },
    program: {
      from: dirname(process.execPath),
      to: "usr/local/bin",
      only: (name) => name === program,
    },
  };
}

/** The packages that the workspace's tools are, the largest first. */
export function toolPackages(): Tree[] {
  const { devDependencies } = readPackageJson(ROOT);
  const sized: { tree: Tree; sizeBytes: number }[] = [];
  for (const [name, version] of Object.entries(devDependencies ?? {})) {
    if (version.startsWith("workspace:")) continue;
    const tree = { from: realpathSync(packagePath(name)), to: `app/node_modules/${name}` };
    const files = filesOf([tree]);
    sized.push({ tree, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) });
  }
  return sized.sort((a, b) => b.sizeBytes - a.sizeBytes).map(({ tree }) => tree);
}

/** The sources of this workspace's own packages, as an application would be copied into an image. */
export function ownPackages(): Tree[] {
  const names = readdirSync(join(ROOT, "packages"));
  return names.sort().map((name) => checkoutTree(`packages/${name}`, `app/packages/${name}`));
}

/** A directory of this checkout. */
export function checkoutTree(path: string, to: string): Tree {
  return { from: join(ROOT, path), to, only: (name) => name !== "dist" };
}

function packagePath(name: string): string {
  return join(ROOT, "node_modules", ...name.split("/"));
}

interface PackageJson {
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function readPackageJson(directory: string): PackageJson {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as PackageJson;
}
