/**
 * Compiles each module and writes it as `<name>-wasm.ts` beside what uses it: `npm run wasm`. The
 * results are committed, so that neither users nor tests of the other packages need the compiler;
 * a test proves that they are what the compiler gives.
 */
import { readFile, writeFile } from "node:fs/promises";
import { main as compile } from "assemblyscript/asc";

/** What a module is made of, in this folder, and where in `src/` it goes. */
interface Module {
  readonly source: string;
  readonly folder: string;
}

/** By name. */
export const MODULES: Readonly<Record<string, Module>> = {
  go: { source: "go/encoder.ts", folder: "models" },
  go127: { source: "go127/encoder.ts", folder: "models" },
  klauspost: { source: "klauspost/encoder.ts", folder: "models" },
  predict: { source: "predict/predictor.ts", folder: "predict" },
  zlib: { source: "zlib/encoder.ts", folder: "models" },
};

const LINE_CHARS = 92;
const FLAGS = ["-O3", "--runtime", "stub", "--noAssert", "--enable", "simd"];

/** The text of `<name>-wasm.ts` as the sources have it now. */
export async function moduleText(name: string): Promise<string> {
  const { source } = MODULES[name]!;
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await compile([source, "--outFile", "module.wasm", ...FLAGS], {
    readFile: (path) => readFile(new URL(path, import.meta.url), "utf8").catch(() => null),
    writeFile: (path, contents) => {
      if (path === "module.wasm") wasm = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`compile ${source}: ${stderr.toString()}`, { cause: error });
  return textOf(name, source, Buffer.from(wasm!).toString("base64"));
}

function textOf(name: string, source: string, base64: string): string {
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARS}}`, "g"))!;
  return [
    `/** \`assembly/${source}\`, compiled by \`npm run wasm\`: do not edit. */`,
    `export const ${name.toUpperCase()}_WASM_BASE64: string = [`,
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ].join("\n");
}

if (import.meta.main) {
  for (const [name, { folder }] of Object.entries(MODULES)) {
    const target = new URL(`../src/${folder}/${name}-wasm.ts`, import.meta.url);
    await writeFile(target, await moduleText(name));
  }
}
