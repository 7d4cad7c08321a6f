import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { print } from "../output/print.ts";
import { problemsOf } from "../serve/check-config.ts";
import { lineOf } from "../serve/config/config.ts";
import type { ServeOptions } from "../serve/settings.ts";

/** Says all that is wrong with the config of a server. */
export async function checkConfig(context: Context, options: ServeOptions): Promise<void> {
  const problems = await problemsOf(options);
  const lines = problems.map((problem) => `${lineOf(problem)}\n`);
  const text = problems.length === 0 ? "ok\n" : lines.join("");
  await print(context, { json: { problems }, text });
  if (problems.length === 0) return;
  const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  throw new CliError("CONFIG_INVALID", `check config: ${count} in it, or in what it names`);
}
