import {
  createPrivateKey,
  createPublicKey,
  type JsonWebKeyInput,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import { AccountsError } from "../errors.ts";
import { WatchedFile } from "../watched-file.ts";

/** A key whose signatures count. */
export interface TrustedKey {
  /** As a key set names it. */
  readonly id: string | undefined;
  readonly key: KeyObject;
}

/** Where they come from. Nothing that a token brings along is one. */
export interface KeySource {
  /** @param id that a token names; a source that changes looks whether there is a new one */
  keys(id: string | undefined): Promise<readonly TrustedKey[]>;
}

const KEYS_MAX = 64;
const PEM_BLOCK = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g;

/**
 * Public keys in a file: a JSON Web Key Set, or PEM with certificates or public keys.
 * @throws AccountsError `KEY_INVALID`
 */
export function parseKeys(text: string, what: string): TrustedKey[] {
  const keys = text.trimStart().startsWith("{") ? parseKeySet(text, what) : parsePem(text, what);
  if (keys.length > 0 && keys.length <= KEYS_MAX) return keys;
  throw invalid(what, `${keys.length} keys are in it; give 1 to ${KEYS_MAX}`);
}

/** RFC 7517, section 5: keys of a kind that is not known are passed over. */
function parseKeySet(text: string, what: string): TrustedKey[] {
  let set: { keys?: unknown };
  try {
    set = JSON.parse(text) as { keys?: unknown };
  } catch (cause) {
    throw invalid(what, "it is no JSON", cause);
  }
  if (!Array.isArray(set.keys)) throw invalid(what, "it has no keys");
  return set.keys.flatMap((jwk: unknown) => {
    const { kid, kty, use } = (jwk ?? {}) as { kid?: unknown; kty?: unknown; use?: unknown };
    // A secret that both sides know signs for either.
    if (kty === "oct" || (use !== undefined && use !== "sig")) return [];
    try {
      const key = createPublicKey({ key: jwk as JsonWebKeyInput["key"], format: "jwk" });
      return [{ id: typeof kid === "string" ? kid : undefined, key }];
    } catch {
      return [];
    }
  });
}

function parsePem(text: string, what: string): TrustedKey[] {
  return [...text.matchAll(PEM_BLOCK)].map(([block, label]) => {
    try {
      if (label === "CERTIFICATE")
        return { id: undefined, key: new X509Certificate(block).publicKey };
      if (label?.includes("PRIVATE")) throw new Error("a private key");
      return { id: undefined, key: createPublicKey(block) };
    } catch (cause) {
      throw invalid(what, `${label?.toLowerCase()} cannot be used for tokens`, cause);
    }
  });
}

/** Keys in a file; a change takes effect within a second or two. @throws AccountsError */
export async function keysInFile(
  path: string,
  options: { readonly onError?: (error: unknown) => void } = {},
): Promise<KeySource> {
  const parse = (text: string): TrustedKey[] => parseKeys(text, path);
  const file = await WatchedFile.open(path, { ...options, parse });
  return { keys: () => file.get() };
}

/** A private key, to sign tokens with: Ed25519, P-256, or RSA from 2048 bits. @throws AccountsError `KEY_INVALID` */
export function parsePrivateKey(text: string, what: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch (cause) {
    throw invalid(what, "it is no private key in PEM, or has a password", cause);
  }
  if (algorithmOf(key) !== undefined) return key;
  throw invalid(what, "tokens are signed with Ed25519, P-256, or RSA from 2048 bits");
}

/** What a key of ours signs with. */
export function algorithmOf(key: KeyObject): "EdDSA" | "ES256" | "RS256" | undefined {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "ed25519") return "EdDSA";
  if (key.asymmetricKeyType === "ec" && namedCurve === "prime256v1") return "ES256";
  return key.asymmetricKeyType === "rsa" && modulusLength >= 2048 ? "RS256" : undefined;
}

function invalid(what: string, why: string, cause?: unknown): AccountsError {
  return new AccountsError("KEY_INVALID", `read keys of ${JSON.stringify(what)}: ${why}`, {
    cause,
  });
}
