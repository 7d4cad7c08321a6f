import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { type JWTHeaderParameters, SignJWT } from "jose";

/** Whom tokens are for, and who gives them, unless a test says otherwise. */
export const SERVICE = "registry.example";
export const ISSUER = "auth.example";

export interface Told {
  readonly key: KeyObject | Uint8Array;
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Seconds from now. */
  readonly from?: number;
  readonly until?: number;
}

/** A token as the server of another one would make it, or somebody who pretends to be it. */
export async function tokenOf({
  key,
  header,
  claims,
  from = -10,
  until = 300,
}: Told): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT({
    iss: ISSUER,
    aud: SERVICE,
    sub: "ann",
    nbf: now + from,
    exp: now + until,
    access: [{ type: "repository", name: "team/app", actions: ["pull", "push"] }],
    ...claims,
  })
    .setProtectedHeader({ alg: "ES256", typ: "JWT", ...header })
    .sign(key);
}

export function ecKeys(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** As a key set has it. */
export function jwkOf(key: KeyObject, kid?: string): object {
  return { ...key.export({ format: "jwk" }), use: "sig", ...(kid !== undefined && { kid }) };
}
