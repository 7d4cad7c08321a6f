import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from "node:crypto";
import type { Identity } from "@shale/registry";
import { SignJWT } from "jose";
import { asGrants, type Grant } from "../scope.ts";
import { algorithmOf, type KeySource } from "./trusted-keys.ts";
import { verifyToken } from "./verify-token.ts";

const LIFETIME_S = 5 * 60;
const REFRESH_LIFETIME_S = 30 * 24 * 60 * 60;

export interface TokenMakerOptions {
  /** Whom tokens are for, and who says so: the server's name. */
  readonly service: string;
  /** Made anew when none is given: tokens do not outlive the process then. */
  readonly key?: KeyObject | undefined;
  /** How long a token lasts; 300 by default. */
  readonly lifetimeSeconds?: number | undefined;
  readonly nowMs?: () => number;
}

export interface MadeToken {
  readonly token: string;
  readonly lifetimeSeconds: number;
  readonly issuedMs: number;
}

/** What a token says. */
export interface TokenClaims {
  readonly identity: Identity;
  readonly grants: readonly Grant[];
}

/** Makes tokens for those who were heard, and knows its own again. */
export class TokenMaker {
  readonly #service: string;
  readonly #key: KeyObject;
  readonly #lifetimeSeconds: number;
  readonly #nowMs: () => number;
  readonly #source: KeySource;

  constructor(options: TokenMakerOptions) {
    this.#service = options.service;
    this.#key = options.key ?? generateKeyPairSync("ed25519").privateKey;
    this.#lifetimeSeconds = options.lifetimeSeconds ?? LIFETIME_S;
    this.#nowMs = options.nowMs ?? Date.now;
    const key = createPublicKey(this.#key);
    this.#source = { keys: async () => [{ id: undefined, key }] };
  }

  get service(): string {
    return this.#service;
  }

  /** For requests. */
  async make({ identity, grants }: TokenClaims): Promise<MadeToken> {
    return await this.#sign({
      claims: { access: grants },
      identity,
      audience: this.#service,
      lifetimeSeconds: this.#lifetimeSeconds,
    });
  }

  /** For tokens, in place of a password; it ends with the password. */
  async makeRefresh(identity: string, passwordHash: string): Promise<string> {
    const made = await this.#sign({
      claims: { password: mark(passwordHash) },
      identity,
      audience: this.#refreshAudience,
      lifetimeSeconds: REFRESH_LIFETIME_S,
    });
    return made.token;
  }

  async read(token: string): Promise<TokenClaims | undefined> {
    const expected = { issuer: this.#service, audience: this.#service };
    const claims = await verifyToken(token, this.#source, expected);
    // The subject of whoever was not known is nothing.
    return claims && { identity: claims.sub || undefined, grants: asGrants(claims.access) };
  }

  /** Whose refresh token it is. @param hashOf the stored password of an account */
  async readRefresh(
    token: string,
    hashOf: (name: string) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const expected = { issuer: this.#service, audience: this.#refreshAudience };
    const { sub, password } = (await verifyToken(token, this.#source, expected)) ?? {};
    const hash = sub === undefined ? undefined : await hashOf(sub);
    return hash !== undefined && password === mark(hash) ? sub : undefined;
  }

  /** One is never taken for the other. */
  get #refreshAudience(): string {
    return `${this.#service} refresh`;
  }

  async #sign(is: {
    claims: Record<string, unknown>;
    identity: Identity;
    audience: string;
    lifetimeSeconds: number;
  }): Promise<MadeToken> {
    const issuedMs = this.#nowMs();
    const issued = Math.floor(issuedMs / 1000);
    const token = await new SignJWT(is.claims)
      .setProtectedHeader({ alg: algorithmOf(this.#key)!, typ: "JWT" })
      .setIssuer(this.#service)
      .setAudience(is.audience)
      .setSubject(is.identity ?? "")
      .setIssuedAt(issued)
      .setNotBefore(issued)
      .setExpirationTime(issued + is.lifetimeSeconds)
      .setJti(randomUUID())
      .sign(this.#key);
    return { token, lifetimeSeconds: is.lifetimeSeconds, issuedMs };
  }
}

/** Tells passwords apart, and says nothing of them. */
function mark(passwordHash: string): string {
  return createHash("sha256").update(`refresh ${passwordHash}`).digest("base64url");
}
