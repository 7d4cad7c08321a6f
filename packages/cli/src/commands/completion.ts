import { readFileSync } from "node:fs";
import type { Context } from "../context.ts";
import { print } from "../output/print.ts";

/** Shells that a script can be printed for. */
export type Shell = "bash" | "zsh" | "fish";

/** The scripts are files of the package, beside the sources as beside what is built from them. */
export async function completion(context: Context, shell: Shell): Promise<void> {
  const place = new URL(`../../completions/shale.${shell}`, import.meta.url);
  const script = readFileSync(place, "utf8");
  await print(context, { json: { shell, script }, text: script });
}
