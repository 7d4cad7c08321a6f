/**
 * Compiles each family of encoders and writes it as `src/<family>-wasm.ts`: `npm run wasm`. The
 * results are committed, so that neither users nor tests of the other packages need the compiler;
 * a test proves that they are what the compiler gives.
 */
import { readFile, writeFile } from "node:fs/promises";
import { main as compile } from "assemblyscript/asc";

/** Family and the file, in this folder, that exports the face of its module. */
export const FAMILIES: Readonly<Record<string, string>> = {
  go: "go/encoder.ts",
  go127: "go127/encoder.ts",
  klauspost: "klauspost/encoder.ts",
  predict: "predict/predictor.ts",
  zlib: "zlib/encoder.ts",
};

const LINE_CHARS = 92;
const FLAGS = ["-O3", "--runtime", "stub", "--noAssert", "--enable", "simd"];

/** The text of `src/<family>-wasm.ts` as the sources have it now. */
export async function moduleText(family: string): Promise<string> {
  const source = FAMILIES[family]!;
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await compile([source, "--outFile", "module.wasm", ...FLAGS], {
    readFile: (name) => readFile(new URL(name, import.meta.url), "utf8").catch(() => null),
    writeFile: (name, contents) => {
      if (name === "module.wasm") wasm = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`compile ${source}: ${stderr.toString()}`, { cause: error });
  return textOf(family, source, Buffer.from(wasm!).toString("base64"));
}

function textOf(family: string, source: string, base64: string): string {
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARS}}`, "g"))!;
  return [
    `/** \`assembly/${source}\`, compiled by \`npm run wasm\`: do not edit. */`,
    `export const ${family.toUpperCase()}_WASM_BASE64: string = [`,
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ].join("\n");
}

if (import.meta.main) {
  for (const family of Object.keys(FAMILIES)) {
    const target = new URL(`../src/${family}-wasm.ts`, import.meta.url);
    await writeFile(target, await moduleText(family));
  }
}
