import type { Platform } from "@shale/content";
import { CliError } from "./errors.ts";

/** Reads `os/architecture[/variant]`. @throws CliError `USAGE` */
export function parsePlatform(text: string | undefined): Platform | undefined {
  if (text === undefined) return undefined;
  const [os = "", architecture = "", variant, ...rest] = text.toLowerCase().split("/");
  if (os === "" || architecture === "" || rest.length > 0) {
    const hint = "give an operating system and an architecture, as linux/amd64";
    throw new CliError("USAGE", `read --platform ${JSON.stringify(text)}: ${hint}`);
  }
  return { os, architecture, ...(variant !== undefined && { variant }) };
}
