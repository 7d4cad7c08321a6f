import type { IncomingMessage } from "node:http";
import { type Authority, type Caller, type Deed, type Impostor, isImpostor } from "@shale/registry";
import { credentialsOf } from "../authorization.ts";
import { type AccountBook, login, ruled } from "../login.ts";
import { grants } from "../scope.ts";
import { bearerChallenge } from "./challenge.ts";
import type { TokenMaker } from "./token-maker.ts";

export interface OwnTokensOptions extends AccountBook {
  readonly maker: TokenMaker;
  /** The address of the token endpoint, as clients reach it. */
  readonly realm: string;
}

const WRONG_TOKEN: Impostor = {
  problem: "wrong",
  message: "the token is damaged, too old, or not for here",
};

/** Tokens that this server gives, and the rules still: what they take away is gone before a token ends. */
export class OwnTokens implements Authority {
  readonly #options: OwnTokensOptions;

  constructor(options: OwnTokensOptions) {
    this.#options = options;
  }

  async identify(request: IncomingMessage): Promise<Caller | Impostor> {
    const credentials = credentialsOf(request);
    if (credentials.scheme === "none") return ruled(this.#options.rules, undefined);
    if (credentials.scheme === "basic") return await login(this.#options, credentials);
    if (credentials.scheme === "unknown") return WRONG_TOKEN;
    return await this.#holder(credentials.token);
  }

  challenge(wanted: readonly Deed[], caller: Caller | Impostor): string | undefined {
    const { realm, maker, rules } = this.#options;
    const { service } = maker;
    const ask = (error: "invalid_token" | "insufficient_scope" | undefined): string =>
      bearerChallenge({ realm, service, wanted, error });
    if (isImpostor(caller)) return ask("invalid_token");
    const { identity } = caller;
    if (identity === undefined) return ask(undefined);
    // Another token helps whom the rules allow more than this one does.
    return wanted.every((deed) => rules.allow(identity, deed))
      ? ask("insufficient_scope")
      : undefined;
  }

  async #holder(token: string): Promise<Caller | Impostor> {
    const claims = await this.#options.maker.read(token);
    if (claims === undefined) return WRONG_TOKEN;
    const { identity } = claims;
    const may = (deed: Deed): boolean => {
      const isGranted = grants(claims.grants, deed);
      // Whoever holds a token was heard, also who has no account.
      return isGranted && (deed.action === "ping" || this.#options.rules.allow(identity, deed));
    };
    return { identity, may };
  }
}
