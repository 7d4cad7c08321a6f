import { readFileSync } from "node:fs";
import type { Context } from "../context.ts";
import { print } from "../output/print.ts";
import { packageFile } from "../package-file.ts";

/** Shells that a script can be printed for. */
export type Shell = "bash" | "zsh" | "fish";

/** The scripts are files of the package, for shells that take them from there too. */
export async function completion(context: Context, shell: Shell): Promise<void> {
  const script = readFileSync(packageFile(`completions/shale.${shell}`), "utf8");
  await print(context, { json: { shell, script }, text: script });
}
