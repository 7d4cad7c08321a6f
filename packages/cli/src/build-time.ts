import { CliError } from "./errors.ts";

/** `SOURCE_DATE_EPOCH`, the time of everything that is made: seconds since 1970, which is what it is when nothing says so. */
export function buildTime(env: NodeJS.ProcessEnv, given?: string): number {
  const text = given ?? (env.SOURCE_DATE_EPOCH || "0");
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new CliError(
    "USAGE",
    `read SOURCE_DATE_EPOCH ${JSON.stringify(text)}: give whole seconds since 1970`,
  );
}
