import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { Htpasswd } from "../htpasswd.ts";
import { PasswordChecker } from "../password-checker.ts";
import { type RuleSet, Rules } from "../rules.ts";

/** As low as bcrypt goes: what it costs is not what is tested. */
const COST = 4;

export function line(name: string, password: string): string {
  return `${name}:${hashSync(password, COST)}\n`;
}

/** Accounts whose passwords are their names and `-pw`. */
export async function openAccounts(
  names: readonly string[],
  ruleSet: RuleSet,
  onError?: (error: unknown) => void,
): Promise<
  AsyncDisposable & { readonly htpasswd: Htpasswd; readonly rules: Rules; readonly path: string }
> {
  const directory = await mkdtemp(join(tmpdir(), "shale-accounts-"));
  const path = join(directory, "htpasswd");
  await writeFile(path, names.map((name) => line(name, `${name}-pw`)).join(""));
  const checker = new PasswordChecker();
  return {
    htpasswd: await Htpasswd.open(path, { checker, onError }),
    rules: new Rules(ruleSet),
    path,
    async [Symbol.asyncDispose]() {
      await checker[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}
