/**
 * Compiles `gear.ts` and writes it as `src/gear-wasm.ts`: `npm run wasm`. The result is committed,
 * so that neither users nor tests of the other packages need the compiler; a test proves that it is
 * what the compiler gives.
 */
import { readFile, writeFile } from "node:fs/promises";
import { main as compile } from "assemblyscript/asc";

const SOURCE = "gear.ts";
const TARGET = new URL("../src/gear-wasm.ts", import.meta.url);
const LINE_CHARS = 92;

/**
 * The memory is imported, shared, and of any size that the importer likes: 65536 pages, the most
 * there are, is only the upper bound that linking compares with.
 */
const FLAGS = [
  "-O3",
  ...["--runtime", "stub"],
  "--noAssert",
  ...["--importMemory", "--noExportMemory", "--sharedMemory", "--enable", "threads"],
  ...["--initialMemory", "1", "--maximumMemory", "65536"],
];

/** The text of `src/gear-wasm.ts` as the source has it now. */
export async function gearModuleText(): Promise<string> {
  const source = await readFile(new URL(SOURCE, import.meta.url), "utf8");
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await compile([SOURCE, "--outFile", "gear.wasm", ...FLAGS], {
    readFile: (name) => (name === SOURCE ? source : null),
    writeFile: (name, contents) => {
      if (name === "gear.wasm") wasm = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`compile ${SOURCE}: ${stderr.toString()}`, { cause: error });
  return moduleText(Buffer.from(wasm!).toString("base64"));
}

function moduleText(base64: string): string {
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARS}}`, "g"))!;
  return [
    "/** `assembly/gear.ts`, compiled by `npm run wasm`: do not edit. */",
    "export const GEAR_WASM_BASE64: string = [",
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ].join("\n");
}

if (import.meta.main) await writeFile(TARGET, await gearModuleText());
