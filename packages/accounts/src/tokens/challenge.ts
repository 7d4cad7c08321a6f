import type { Deed } from "@shale/registry";
import { quoted } from "../authorization.ts";
import { scopesOf } from "../scope.ts";

export interface BearerChallenge {
  /** Where tokens are given. */
  readonly realm: string;
  readonly service: string;
  readonly wanted: readonly Deed[];
  /** RFC 6750, section 3.1: what was wrong with the token that came. */
  readonly error: "invalid_token" | "insufficient_scope" | undefined;
}

/** Docker's token specification, "How to authenticate": where to get a token, and what for. */
export function bearerChallenge({ realm, service, wanted, error }: BearerChallenge): string {
  const scope = scopesOf(wanted);
  const parts = [`realm=${quoted(realm)}`, `service=${quoted(service)}`];
  if (scope !== "") parts.push(`scope=${quoted(scope)}`);
  if (error !== undefined) parts.push(`error=${quoted(error)}`);
  return `Bearer ${parts.join(",")}`;
}
