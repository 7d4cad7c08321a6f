import type { IncomingMessage } from "node:http";
import { type Authority, type Caller, type Deed, type Impostor, isImpostor } from "@shale/registry";
import { credentialsOf, quoted } from "./authorization.ts";
import { type AccountBook, login, ruled, WRONG_PASSWORD } from "./login.ts";

/** Names and passwords, with every request: RFC 7617. */
export class BasicAuthority implements Authority {
  readonly #book: AccountBook;
  readonly #realm: string;

  constructor(options: AccountBook & { readonly realm: string }) {
    this.#book = options;
    this.#realm = options.realm;
  }

  async identify(request: IncomingMessage): Promise<Caller | Impostor> {
    const credentials = credentialsOf(request);
    if (credentials.scheme === "none") return ruled(this.#book.rules, undefined);
    return credentials.scheme === "basic" ? await login(this.#book, credentials) : WRONG_PASSWORD;
  }

  challenge(_wanted: readonly Deed[], caller: Caller | Impostor): string | undefined {
    // Whoever is known is not to ask for another password.
    if (!isImpostor(caller) && caller.identity !== undefined) return undefined;
    return `Basic realm=${quoted(this.#realm)}, charset="UTF-8"`;
  }
}
