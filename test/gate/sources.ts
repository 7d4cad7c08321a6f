import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript-api";

/** The checkout's directory. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

export interface Import {
  readonly specifier: string;
  /** Only types are taken, so nothing of it is there when the program runs. */
  readonly typeOnly: boolean;
}

/** One TypeScript file of the checkout. */
export interface SourceFile {
  /** Below {@link ROOT}, with slashes. */
  readonly path: string;
  /** `product` is what users install; the rest of a package is `test`. Other folders have neither. */
  readonly role: "product" | "test" | "other";
  /** The folder under `packages/`. */
  readonly package: string | undefined;
  readonly lines: number;
  readonly imports: readonly Import[];
}

const PATTERNS = [
  "packages/**/*.ts",
  "bench/**/*.ts",
  "test/**/*.ts",
  "docs/**/*.{ts,mjs}",
  "*.ts",
];
const LEFT_OUT = new Set(["node_modules", "dist"]);

/** Every source file of the checkout, in the order of their paths. */
export function readSources(): SourceFile[] {
  const paths = PATTERNS.flatMap((pattern) =>
    globSync(pattern, { cwd: ROOT, exclude: (name) => LEFT_OUT.has(posix.basename(name)) }),
  );
  return [...new Set(paths)].sort().map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const folder = /^packages\/([^/]+)\/src\//.exec(path)?.[1];
  return {
    path,
    role: folder === undefined ? "other" : isTestFile(path) ? "test" : "product",
    package: folder,
    lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
    imports: importsOf(text),
  };
}

/** The build leaves the same files out: see each package's `tsconfig.build.json`. */
function isTestFile(path: string): boolean {
  return path.endsWith(".test.ts") || path.includes("/src/testing/");
}

/** Imports and re-exports, static and dynamic ones, in the order in which they stand. */
export function importsOf(text: string): Import[] {
  const source = ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest);
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const one = importOf(node);
    if (one !== undefined) found.push(one);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function importOf(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node)) {
    const clause = node.importClause;
    const names = clause?.namedBindings;
    const eachIsType =
      names !== undefined &&
      ts.isNamedImports(names) &&
      names.elements.every(({ isTypeOnly }) => isTypeOnly);
    const typeOnly =
      clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
      (eachIsType && clause?.name === undefined);
    return asImport(node.moduleSpecifier, typeOnly);
  }
  if (ts.isExportDeclaration(node)) return asImport(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return asImport(node.argument.literal, true);
  }
  const isDynamic =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isDynamic ? asImport(node.arguments[0], false) : undefined;
}

function asImport(node: ts.Node | undefined, typeOnly: boolean): Import | undefined {
  if (node === undefined || !ts.isStringLiteral(node)) return undefined;
  return { specifier: node.text, typeOnly };
}

/** The file that a relative import means, below {@link ROOT}; `undefined` for the name of a package. */
export function importedFile(from: SourceFile, { specifier }: Import): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.normalize(posix.join(dirname(from.path), specifier));
}

/** The package that an import names: `@noble/hashes` for `@noble/hashes/sha2.js`; `undefined` for a file and for Node. */
export function importedPackage({ specifier }: Import): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

export interface PackageJson {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string>>;
  readonly publishConfig: { readonly exports: Readonly<Record<string, unknown>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** The `package.json` of each folder under `packages/`. */
export function readPackages(): Map<string, PackageJson> {
  const paths = globSync("packages/*/package.json", { cwd: ROOT }).sort();
  return new Map(
    paths.map((path) => [
      path.split("/")[1]!,
      JSON.parse(readFileSync(join(ROOT, path), "utf8")) as PackageJson,
    ]),
  );
}
