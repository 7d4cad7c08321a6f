import type { IncomingMessage } from "node:http";

/** What a request says of whoever sends it: RFC 9110, section 11.6.2. */
export type Credentials =
  | { readonly scheme: "none" }
  | { readonly scheme: "basic"; readonly name: string; readonly password: string }
  | { readonly scheme: "bearer"; readonly token: string }
  /** Of another kind, or damaged. */
  | { readonly scheme: "unknown" };

const SHAPE = /^([A-Za-z]+) +([A-Za-z0-9._~+/=-]+)$/;

export function credentialsOf(request: IncomingMessage): Credentials {
  const { authorization } = request.headers;
  if (authorization === undefined) return { scheme: "none" };
  const [, scheme, value = ""] = SHAPE.exec(authorization) ?? [];
  if (scheme?.toLowerCase() === "bearer") return { scheme: "bearer", token: value };
  return scheme?.toLowerCase() === "basic" ? basic(value) : { scheme: "unknown" };
}

/** RFC 7617: a name cannot have a colon, a password can. */
function basic(value: string): Credentials {
  const text = Buffer.from(value, "base64").toString();
  const at = text.indexOf(":");
  if (at < 0) return { scheme: "unknown" };
  return { scheme: "basic", name: text.slice(0, at), password: text.slice(at + 1) };
}

/** A parameter's value as challenges have it: RFC 9110, section 5.6.4. */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
