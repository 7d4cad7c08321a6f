import type { Caller, Deed, Identity, Impostor } from "@shale/registry";
import type { Htpasswd } from "./htpasswd.ts";
import type { Rules } from "./rules.ts";

/** What names and passwords are compared with, and what whoever has one may do. */
export interface AccountBook {
  readonly htpasswd: Htpasswd;
  readonly rules: Rules;
}

export const WRONG_PASSWORD: Impostor = {
  problem: "wrong",
  message: "the name or the password is wrong",
};
const BUSY: Impostor = { problem: "busy", message: "too many log in at once; try again" };

/** Whoever has that name and password. */
export async function login(
  { htpasswd, rules }: AccountBook,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<Caller | Impostor> {
  const verdict = await htpasswd.check(name, password);
  if (verdict === "busy") return BUSY;
  return verdict === "right" ? ruled(rules, name) : WRONG_PASSWORD;
}

/** Whoever it is, by the rules alone. */
export function ruled(rules: Rules, identity: Identity): Caller {
  return { identity, may: (deed: Deed) => rules.allow(identity, deed) };
}
