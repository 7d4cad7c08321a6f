import type { IncomingMessage } from "node:http";
import { hasCode } from "@shale/content";
import { type Authority, type Caller, type Deed, type Impostor, isImpostor } from "@shale/registry";
import { credentialsOf } from "../authorization.ts";
import { asGrants, grants } from "../scope.ts";
import { bearerChallenge } from "./challenge.ts";
import type { KeySource } from "./trusted-keys.ts";
import { verifyToken } from "./verify-token.ts";

export interface ForeignTokensOptions {
  /** Where tokens are given, as clients reach it. */
  readonly realm: string;
  /** Whom they are for. */
  readonly service: string;
  /** Who signs them. */
  readonly issuer: string;
  readonly keys: KeySource;
}

const WRONG_TOKEN: Impostor = {
  problem: "wrong",
  message: "the token is damaged, too old, not for here, or of somebody else",
};
const NO_KEYS: Impostor = { problem: "busy", message: "tokens cannot be verified now; try again" };

/** Tokens that another server gives: what one grants is what its holder may do. Docker's token specification. */
export class ForeignTokens implements Authority {
  readonly #options: ForeignTokensOptions;

  constructor(options: ForeignTokensOptions) {
    this.#options = options;
  }

  async identify(request: IncomingMessage): Promise<Caller | Impostor> {
    const credentials = credentialsOf(request);
    if (credentials.scheme === "none") return { identity: undefined, may: () => false };
    if (credentials.scheme !== "bearer") return WRONG_TOKEN;
    try {
      return await this.#holder(credentials.token);
    } catch (error) {
      if (hasCode(error, "KEYS_UNREACHABLE")) return NO_KEYS;
      throw error;
    }
  }

  challenge(wanted: readonly Deed[], caller: Caller | Impostor): string {
    const { realm, service } = this.#options;
    const hasToken = !isImpostor(caller) && caller.identity !== undefined;
    const error = isImpostor(caller)
      ? "invalid_token"
      : hasToken
        ? "insufficient_scope"
        : undefined;
    return bearerChallenge({ realm, service, wanted, error });
  }

  async #holder(token: string): Promise<Caller | Impostor> {
    const { issuer, service: audience, keys } = this.#options;
    const claims = await verifyToken(token, keys, { issuer, audience });
    if (claims === undefined) return WRONG_TOKEN;
    const given = asGrants(claims.access);
    return { identity: claims.sub || undefined, may: (deed) => grants(given, deed) };
  }
}
