/**
 * Makes `dist/`: the command line and all that it stands on as a few files. From modules of their own, hundreds would be
 * found, read and compiled before a command begins; measured, that is more than half of the time that a short one takes.
 */
import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { licencesOf } from "./licences.ts";

const PACKAGE_PATH = join(import.meta.dirname, "..");
const DIST_PATH = join(PACKAGE_PATH, "dist");

await rm(DIST_PATH, { recursive: true, force: true });
const modules = await bundle(PACKAGE_PATH, DIST_PATH);
// Not named after licences: pnpm would take it for the package's own, and leave that out.
await writeFile(join(DIST_PATH, "libraries.txt"), await licencesOf(modules));
execFileSync("tsc", ["-p", join(PACKAGE_PATH, "tsconfig.build.json")], { stdio: "inherit" });
