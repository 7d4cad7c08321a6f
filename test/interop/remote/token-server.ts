import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { succeed } from "../../packaging/commands.ts";
import { TOKEN_ISSUER, TOKEN_SERVICE } from "./docker-registry.ts";

/** An authority as Docker's token spec has it: whoever knows the password may push, everybody may pull. */
export interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  /** Of the key that signs; the registry trusts it. */
  readonly certificatePath: string;
  /** What was asked for, without secrets. */
  readonly asked: readonly string[];
}

export interface TokenServerOptions {
  readonly username: string;
  readonly password: string;
  /** Given in place of the password, when set. */
  readonly identityToken?: string;
}

export async function startTokenServer(
  directory: string,
  options: TokenServerOptions,
): Promise<TokenServer> {
  const { keyPath, certificatePath } = await makeCertificate(directory, "authority");
  const key = createPrivateKey(await readFile(keyPath));
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const { user, scopes, isWrong } = await readRequest(request, options);
    asked.push(`${request.method} ${user ?? "-"} ${scopes.join(" ")}`);
    if (isWrong) {
      response.writeHead(401, { "content-type": "application/json" });
      response.end('{"errors":[{"code":"UNAUTHORIZED","message":"who is that?"}]}');
      return;
    }
    const token = tokenFor(key, { user, scopes });
    const refresh = user === undefined ? undefined : options.identityToken;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ token, access_token: token, expires_in: 300, refresh_token: refresh }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    certificatePath,
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

interface TokenRequest {
  readonly user: string | undefined;
  readonly scopes: readonly string[];
  readonly isWrong: boolean;
}

async function readRequest(
  request: IncomingMessage,
  { username, password, identityToken }: TokenServerOptions,
): Promise<TokenRequest> {
  if (request.method === "POST") {
    const form = new URLSearchParams((await buffer(request)).toString());
    const isWrong = form.get("refresh_token") !== identityToken;
    return {
      user: username,
      scopes: (form.get("scope") ?? "").split(" ").filter(Boolean),
      isWrong,
    };
  }
  const url = new URL(request.url!, "http://here");
  const scopes = url.searchParams.getAll("scope");
  const [, given] = /^Basic (.*)$/.exec(request.headers.authorization ?? "") ?? [];
  if (given === undefined) return { user: undefined, scopes, isWrong: false };
  const isWrong = Buffer.from(given, "base64").toString() !== `${username}:${password}`;
  return { user: username, scopes, isWrong };
}

/** A JSON web token as docker-registry verifies it: by the id of the key, in libtrust's form. */
function tokenFor(
  key: KeyObject,
  is: { user: string | undefined; scopes: readonly string[] },
): string {
  const access = is.scopes.map((scope) => {
    const [type, name, actions = ""] = scope.split(":");
    const all = actions.split(",");
    return {
      type,
      name,
      actions: is.user === undefined ? all.filter((one) => one === "pull") : all,
    };
  });
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now - 10, exp: now + 300 };
  const who = { iss: TOKEN_ISSUER, aud: TOKEN_SERVICE, sub: is.user ?? "" };
  const claims = { ...who, ...times, jti: `${Math.random()}`, access };
  const head = { typ: "JWT", alg: "RS256", kid: keyId(key) };
  const text = [head, claims].map((part) => base64url(JSON.stringify(part))).join(".");
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

function keyId(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  const bits = createHash("sha256").update(der).digest().subarray(0, 30);
  return base32(bits).match(/.{4}/g)!.join(":");
}

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return bits
    .match(/.{5}/g)!
    .map((five) => digits[Number.parseInt(five, 2)])
    .join("");
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

/** A key, and a certificate for this machine that it signs itself. */
export async function makeCertificate(
  directory: string,
  name: string,
): Promise<{ readonly keyPath: string; readonly certificatePath: string }> {
  const [keyPath, certificatePath] = [
    join(directory, `${name}.key`),
    join(directory, `${name}.crt`),
  ];
  await succeed([
    ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
    ...["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    ...["-keyout", keyPath, "-out", certificatePath],
  ]);
  return { keyPath, certificatePath };
}
