import { readFileSync } from "node:fs";

/** The package's version. `package.json` is one level above the sources and above what is built from them. */
export function versionText(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
