import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { basic, bearer, type Served, serveRegistry } from "../testing/served.ts";
import { ecKeys, ISSUER, jwkOf, SERVICE, type Told, tokenOf } from "../testing/tokens.ts";
import { ForeignTokens } from "./foreign-tokens.ts";
import { parseKeys } from "./trusted-keys.ts";

const ours = ecKeys();
const theirs = ecKeys();
const other = ecKeys();
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const edwards = generateKeyPairSync("ed25519");
const REALM = "https://auth.example/token";

let registry: Served;

beforeEach(async () => {
  const set = {
    keys: [
      jwkOf(ours.publicKey, "one"),
      jwkOf(other.publicKey, "two"),
      jwkOf(rsa.publicKey, "three"),
      jwkOf(edwards.publicKey),
      { kty: "oct", k: "c2VjcmV0", kid: "four" },
    ],
  };
  const keys = parseKeys(JSON.stringify(set), "keys");
  registry = await serveRegistry(
    new ForeignTokens({
      realm: REALM,
      service: SERVICE,
      issuer: ISSUER,
      keys: { keys: async () => keys },
    }),
  );
});

afterEach(async () => {
  await registry[Symbol.asyncDispose]();
});

const ping = async (told: Told): Promise<number> => {
  const headers = bearer(await tokenOf(told));
  return (await registry.send("GET", "/v2/", { headers })).status;
};
const key = ours.privateKey;

describe("a token is taken", () => {
  test("by each kind of key, by its name, by another name, and without one", async () => {
    expect(await ping({ key, header: { kid: "one" } })).toBe(200);
    expect(await ping({ key, header: { kid: "LIBT:RUST" } })).toBe(200);
    expect(await ping({ key })).toBe(200);
    expect(await ping({ key: rsa.privateKey, header: { alg: "RS256" } })).toBe(200);
    expect(await ping({ key: rsa.privateKey, header: { alg: "PS512" } })).toBe(200);
    expect(await ping({ key: edwards.privateKey, header: { alg: "EdDSA" } })).toBe(200);
  });

  test("with several audiences, one of which is here, and by clocks that differ a little", async () => {
    expect(await ping({ key, claims: { aud: ["other", SERVICE] } })).toBe(200);
    expect(await ping({ key, until: -20 })).toBe(200);
    expect(await ping({ key, from: 20 })).toBe(200);
  });
});

describe("a token is refused", () => {
  test.each<[string, Told]>([
    ["of somebody else", { key: theirs.privateKey }],
    [
      "under the name of a trusted key, by another (CVE-2025-24976)",
      { key: theirs.privateKey, header: { kid: "one" } },
    ],
    [
      "that brings its own key (CVE-2025-24976)",
      {
        key: theirs.privateKey,
        header: { jwk: jwkOf(theirs.publicKey, "one") as never, kid: "one" },
      },
    ],
    [
      "that names where its key is",
      { key: theirs.privateKey, header: { jku: "http://127.0.0.1:9/keys", kid: "x" } },
    ],
    ["by another trusted key than it names", { key: other.privateKey, header: { kid: "one" } }],
    ["for another service", { key, claims: { aud: "other.example" } }],
    ["for nobody", { key, claims: { aud: undefined } }],
    ["by another issuer", { key, claims: { iss: "evil.example" } }],
    ["that is over", { key, until: -100 }],
    ["that has no end", { key, claims: { exp: undefined } }],
    ["that does not hold yet", { key, from: 100, until: 200 }],
    [
      "with a secret for a signature",
      { key: Buffer.from("secret"), header: { alg: "HS256", kid: "four" } },
    ],
  ])("%s", async (_name, told) => {
    expect(await ping(told)).toBe(401);
  });

  test("signed by the public key as by a secret", async () => {
    const pem = ours.publicKey.export({ format: "pem", type: "spki" });
    const der = ours.publicKey.export({ format: "der", type: "spki" });
    for (const secret of [Buffer.from(pem), der]) {
      expect(await ping({ key: secret, header: { alg: "HS256", kid: "one" } })).toBe(401);
    }
  });

  test("without a signature, or with parts changed", async () => {
    const [head, body, signature] = (await tokenOf({ key })).split(".") as [string, string, string];
    const encode = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString("base64url");
    const none = encode({ alg: "none", typ: "JWT" });
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as object;
    const more = encode({ ...claims, sub: "root" });
    const wrong = [
      `${none}.${body}.`,
      `${none}.${body}.${signature}`,
      `${head}.${more}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      "x",
      "a.b.c",
      `${head}.${body}.${signature}`.padEnd(100_000, "A"),
    ];
    for (const token of wrong) {
      const { status, headers } = await registry.send("GET", "/v2/", { headers: bearer(token) });
      // Node itself takes no header that is so long.
      if (status === 431) continue;
      expect([token.slice(0, 20), status]).toEqual([token.slice(0, 20), 401]);
      expect(headers.get("www-authenticate")).toContain('error="invalid_token"');
    }
    const basicHeaders = basic("ann", "secret");
    expect((await registry.send("GET", "/v2/", { headers: basicHeaders })).status).toBe(401);
  });
});

describe("what a token grants is allowed, and nothing else", () => {
  const push = { method: "POST", path: "/v2/team/app/blobs/uploads/" };

  test("its repository, its actions", async () => {
    const token = bearer(await tokenOf({ key }));
    const status = async (method: string, path: string): Promise<number> =>
      (await registry.send(method, path, { headers: token })).status;
    expect(await status(push.method, push.path)).toBe(202);
    expect(await status("GET", "/v2/team/app/manifests/none")).toBe(404);
    expect(await status("GET", "/v2/team/other/tags/list")).toBe(401);
    expect(await status("GET", "/v2/team/app/x/tags/list")).toBe(401);
    expect(await status("DELETE", "/v2/team/app/manifests/1")).toBe(401);
    expect(await status("GET", "/v2/_catalog")).toBe(401);
  });

  test("the catalog by a scope of its own", async () => {
    const access = [{ type: "registry", name: "catalog", actions: ["*"] }];
    const token = bearer(await tokenOf({ key, claims: { access } }));
    const { status, body } = await registry.send("GET", "/v2/_catalog", { headers: token });
    expect([status, JSON.parse(body)]).toEqual([200, { repositories: [] }]);
    expect((await registry.send("GET", "/v2/a/tags/list", { headers: token })).status).toBe(401);
  });

  test.each([undefined, null, "all", [{ type: "repository", name: "team/app" }], [[]]])(
    "nothing, when its access is %j",
    async (access) => {
      const token = bearer(await tokenOf({ key, claims: { access } }));
      const { status } = await registry.send(push.method, push.path, { headers: token });
      expect(status).toBe(401);
    },
  );

  test("a challenge says where to get which token", async () => {
    const asked = async (headers: Record<string, string>, path: string): Promise<string | null> =>
      (await registry.send("POST", path, { headers })).headers.get("www-authenticate");
    const where = `Bearer realm="${REALM}",service="${SERVICE}"`;
    expect(await asked({}, push.path)).toBe(`${where},scope="repository:team/app:pull,push"`);
    const mount = `/v2/b/blobs/uploads/?mount=sha256:${"0".repeat(64)}&from=team/app`;
    const scope = "repository:b:pull,push repository:team/app:pull";
    const token = bearer(await tokenOf({ key }));
    expect(await asked(token, mount)).toBe(`${where},scope="${scope}",error="insufficient_scope"`);
    const { headers, status } = await registry.send("GET", "/v2/");
    expect([status, headers.get("www-authenticate")]).toEqual([401, where]);
  });

  test("an upload is of its holder alone", async () => {
    const headers = bearer(await tokenOf({ key }));
    const begun = await registry.send(push.method, push.path, { headers });
    const place = begun.headers.get("location")!;
    const by = bearer(await tokenOf({ key, claims: { sub: "eve" } }));
    expect((await registry.send("GET", place, { headers: by })).status).toBe(404);
    expect((await registry.send("GET", place, { headers })).status).toBe(204);
  });
});

test("who has no keys says so, and lets nobody in", async () => {
  const failing = new ForeignTokens({
    realm: REALM,
    service: SERVICE,
    issuer: ISSUER,
    keys: {
      keys: async () => {
        throw Object.assign(new Error("the server is away"), { code: "KEYS_UNREACHABLE" });
      },
    },
  });
  await using away = await serveRegistry(failing);
  const headers = bearer(await tokenOf({ key }));
  const { status, body } = await away.send("GET", "/v2/", { headers });
  expect(status).toBe(429);
  expect(body).not.toContain("away");
});

test("a key set is read strictly", () => {
  const set = (...keys: unknown[]): string => JSON.stringify({ keys });
  const read = (text: string): KeyObject[] => parseKeys(text, "f").map((one) => one.key);
  expect(read(set(jwkOf(ours.publicKey)))).toHaveLength(1);
  expect(read(ours.publicKey.export({ format: "pem", type: "spki" }).toString())).toHaveLength(1);
  const secret = set({ kty: "oct", k: "c2VjcmV0" });
  const encryption = set({ ...jwkOf(ours.publicKey), use: "enc" });
  const many = set(...Array.from({ length: 65 }, () => jwkOf(ours.publicKey)));
  const privatePem = ours.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  for (const text of ["", "{}", "{", set(), secret, encryption, many, set(null, 1), privatePem]) {
    expect(() => read(text), text.slice(0, 40)).toThrow(
      expect.objectContaining({ code: "KEY_INVALID" }),
    );
  }
});
