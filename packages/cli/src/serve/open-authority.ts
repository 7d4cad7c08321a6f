import { readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import {
  ACCOUNTS_ONLY,
  BasicAuthority,
  ForeignTokens,
  Htpasswd,
  KeyServer,
  type KeySource,
  keysInFile,
  OwnTokens,
  PasswordChecker,
  parsePrivateKey,
  Rules,
  TokenMaker,
  type TokenRecord,
  tokenEndpoint,
} from "@shale/accounts";
import type { Authority } from "@shale/registry";
import type { AccessSection } from "./config/access-section.ts";

export interface AuthorityOptions {
  readonly section: AccessSection;
  readonly fileAt: (name: string) => string;
  /** The server's name, and its address as clients reach it. */
  readonly service: string;
  readonly url: string;
  readonly onTokenRequest: (record: TokenRecord) => void;
  readonly onError: (error: unknown) => void;
}

export interface OpenAuthority extends AsyncDisposable {
  readonly authority: Authority;
  /** Where tokens are given, when this server gives them. */
  readonly tokens: RequestListener | undefined;
}

/** Opens what a config says of accounts. @throws AccountsError */
export async function openAuthority(options: AuthorityOptions): Promise<OpenAuthority> {
  const { section, fileAt, onError } = options;
  if (section.authority !== undefined) {
    const { realm, service, issuer, keys: place } = section.authority;
    const keys = await openKeys(place, { fileAt, onError });
    return {
      authority: new ForeignTokens({ realm, service, issuer, keys }),
      tokens: undefined,
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const { rules: wanted = ACCOUNTS_ONLY.rules, groups = {} } = section;
  const rules = new Rules({ rules: wanted, groups });
  const checker = new PasswordChecker();
  const htpasswd = await Htpasswd.open(fileAt(section.htpasswd ?? ""), { checker, onError });
  const dispose = (): Promise<void> => checker[Symbol.asyncDispose]();
  const book = { htpasswd, rules };
  if (section.tokens === undefined) {
    const authority = new BasicAuthority({ ...book, realm: options.service });
    return { authority, tokens: undefined, [Symbol.asyncDispose]: dispose };
  }
  const { realm = `${options.url}/token`, key, lifetimeSeconds } = section.tokens;
  const maker = new TokenMaker({
    service: options.service,
    key: key === undefined ? undefined : parsePrivateKey(await readFile(fileAt(key), "utf8"), key),
    lifetimeSeconds,
  });
  const { onTokenRequest: onRequest } = options;
  return {
    authority: new OwnTokens({ ...book, maker, realm }),
    tokens: tokenEndpoint({ ...book, maker, onRequest, onError }),
    [Symbol.asyncDispose]: dispose,
  };
}

async function openKeys(
  place: string,
  { fileAt, onError }: Pick<AuthorityOptions, "fileAt" | "onError">,
): Promise<KeySource> {
  if (/^https?:\/\//.test(place)) return new KeyServer(new URL(place), { onError });
  return await keysInFile(fileAt(place), { onError });
}
