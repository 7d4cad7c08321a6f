import type { KeyObject } from "node:crypto";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { KeySource, TrustedKey } from "./trusted-keys.ts";

/**
 * What may sign, and with which kind of key. A secret that both sides know, or none at all, proves nothing; and a public key is never
 * taken for a secret.
 */
const ALGORITHMS: Readonly<Record<string, { readonly type: string; readonly curve?: string }>> = {
  RS256: { type: "rsa" },
  RS384: { type: "rsa" },
  RS512: { type: "rsa" },
  PS256: { type: "rsa" },
  PS384: { type: "rsa" },
  PS512: { type: "rsa" },
  ES256: { type: "ec", curve: "prime256v1" },
  ES384: { type: "ec", curve: "secp384r1" },
  ES512: { type: "ec", curve: "secp521r1" },
  EdDSA: { type: "ed25519" },
  Ed25519: { type: "ed25519" },
};
/** Clocks differ. */
const LEEWAY_S = 60;
/** Many times what tokens have. */
const TOKEN_CHARACTERS = 64 * 1024;

export interface Expected {
  readonly issuer: string;
  readonly audience: string;
}

/**
 * The claims of a token that was signed by a trusted key, for us, and holds now; `undefined` for any other. The key itself is
 * what counts: a name, a certificate or a key that a token brings along only helps to find it (CVE-2025-24976).
 * @throws AccountsError `KEYS_UNREACHABLE`
 */
export async function verifyToken(
  token: string,
  source: KeySource,
  { issuer, audience }: Expected,
): Promise<JWTPayload | undefined> {
  const header = headerOf(token);
  if (header === undefined) return undefined;
  const options = {
    issuer,
    audience,
    algorithms: [header.algorithm],
    clockTolerance: LEEWAY_S,
    requiredClaims: ["exp"],
  };
  for (const key of candidates(await source.keys(header.id), header)) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      // Signed by another one: the next may be it.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return undefined;
    }
  }
  return undefined;
}

interface Header {
  readonly id: string | undefined;
  readonly algorithm: string;
}

/** `undefined` for what is no token at all, or signed in no way that counts. */
function headerOf(token: string): Header | undefined {
  if (token.length > TOKEN_CHARACTERS) return undefined;
  try {
    const { kid, alg = "" } = decodeProtectedHeader(token);
    if (!Object.hasOwn(ALGORITHMS, alg)) return undefined;
    return { id: typeof kid === "string" ? kid : undefined, algorithm: alg };
  } catch {
    return undefined;
  }
}

/** Those of that name alone, where there are any: a name may be made another way than the key set's. */
function candidates(keys: readonly TrustedKey[], { id, algorithm }: Header): KeyObject[] {
  const named = keys.filter((one) => id !== undefined && one.id === id);
  const { type, curve } = ALGORITHMS[algorithm]!;
  return (named.length > 0 ? named : keys)
    .map(({ key }) => key)
    .filter((key) => key.asymmetricKeyType === type)
    .filter((key) => curve === undefined || key.asymmetricKeyDetails?.namedCurve === curve);
}
