import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { Action } from "@shale/registry";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BasicAuthority } from "../basic-authority.ts";
import { line, openAccounts } from "../testing/accounts.ts";
import { basic, bearer, type Reply, type Served, serve, serveRegistry } from "../testing/served.ts";
import { SERVICE } from "../testing/tokens.ts";
import { OwnTokens } from "./own-tokens.ts";
import { tokenEndpoint } from "./token-endpoint.ts";
import { TokenMaker } from "./token-maker.ts";

const RULES = {
  rules: [
    { repositories: ["team/**"], who: ["ann"], may: ["pull", "push", "delete"] as const },
    { repositories: ["team/**"], who: ["bob"], may: ["pull"] as const },
    { repositories: ["public/**"], who: ["anybody"], may: ["pull"] as const },
  ],
};
const REALM = "https://registry.example/token";

let accounts: Awaited<ReturnType<typeof openAccounts>>;
let maker: TokenMaker;
let registry: Served;
let simple: Served;
let tokens: Served;

beforeEach(async () => {
  accounts = await openAccounts(["ann", "bob", "eve"], RULES);
  maker = new TokenMaker({ service: SERVICE });
  registry = await serveRegistry(new OwnTokens({ ...accounts, maker, realm: REALM }));
  simple = await serveRegistry(new BasicAuthority({ ...accounts, realm: SERVICE }));
  tokens = await serve(tokenEndpoint({ ...accounts, maker }));
});

afterEach(async () => {
  vi.useRealTimers();
  for (const one of [registry, simple, tokens, accounts]) await one[Symbol.asyncDispose]();
});

const as = (name: string): Record<string, string> => basic(name, `${name}-pw`);

interface Given {
  readonly token: string;
  readonly refresh_token?: string;
  readonly scope: string;
  readonly expires_in: number;
}

async function get(scopes: string[], headers: Record<string, string>, more = ""): Promise<Reply> {
  const query = scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join("");
  return await tokens.send("GET", `/token?service=${SERVICE}${query}${more}`, { headers });
}

async function given(reply: Promise<Reply>): Promise<Given> {
  const { status, body } = await reply;
  expect([status, body]).toEqual([200, body]);
  return JSON.parse(body) as Given;
}

/** What each one is asked by, and what it takes. */
const DEEDS: readonly (readonly [Action, string, string, number])[] = [
  ["pull", "GET", "/v2/NAME/manifests/none", 404],
  ["push", "POST", "/v2/NAME/blobs/uploads/", 202],
  ["delete", "DELETE", "/v2/NAME/manifests/none", 404],
];
const MAY: Readonly<Record<string, Readonly<Record<string, readonly Action[]>>>> = {
  ann: { "team/app": ["pull", "push", "delete"], "public/app": ["pull"] },
  bob: { "team/app": ["pull"], "public/app": ["pull"] },
  eve: { "public/app": ["pull"] },
  "": { "public/app": ["pull"] },
};

describe.each(Object.keys(MAY))("as %j", (name) => {
  describe.each(["team/app", "public/app", "nobodys"])("in %s", (repository) => {
    test.each(DEEDS)("%s by a password and by a token", async (action, method, route, done) => {
      const path = route.replace("NAME", repository);
      const own = name === "" ? {} : as(name);
      const isAllowed = MAY[name]![repository]?.includes(action) ?? false;
      const refused = name === "" ? 401 : 403;
      const expected = isAllowed ? done : refused;
      for (const served of [simple, registry]) {
        expect((await served.send(method, path, { headers: own })).status).toBe(expected);
      }
      const { token } = await given(get([`repository:${repository}:pull,push,delete`], own));
      const { status } = await registry.send(method, path, { headers: bearer(token) });
      expect(status).toBe(expected);
      const narrow = await given(get(["repository:else:pull"], own));
      const reply = await registry.send(method, path, { headers: bearer(narrow.token) });
      // Another token would help whom the rules allow it.
      expect(reply.status).toBe(isAllowed ? 401 : refused);
    });
  });
});

describe("whoever is not known hears how to say who they are", () => {
  test("by a password", async () => {
    const { status, headers } = await simple.send("GET", "/v2/");
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe(`Basic realm="${SERVICE}", charset="UTF-8"`);
    expect((await simple.send("GET", "/v2/", { headers: as("eve") })).status).toBe(200);
  });

  test("by a token, and what for", async () => {
    const { headers } = await registry.send("POST", "/v2/team/app/blobs/uploads/");
    expect(headers.get("www-authenticate")).toBe(
      `Bearer realm="${REALM}",service="${SERVICE}",scope="repository:team/app:pull,push"`,
    );
    const wrong = await registry.send("GET", "/v2/", { headers: bearer("a.b.c") });
    expect(wrong.headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  test.each(["ann:", ":", "ann", "ann:bob-pw", "nobody:ann-pw", "ann-pw:ann"])(
    "%j is wrong everywhere, in the same words",
    async (text) => {
      const headers = { Authorization: `Basic ${Buffer.from(text).toString("base64")}` };
      const replies = [simple, registry].map((one) => one.send("GET", "/v2/", { headers }));
      for (const reply of await Promise.all(replies)) expect(reply.status).toBe(401);
      const { status, body } = await get([], headers);
      expect([status, body]).toEqual([
        401,
        '{"errors":[{"code":"UNAUTHORIZED","message":"the name or the password is wrong"}]}',
      ]);
    },
  );
});

describe("a token", () => {
  test("has what was asked for and is allowed, and says so", async () => {
    const scopes = ["repository:team/app:pull,push repository:public/x:pull,push", "x:y"];
    const bob = await given(get(scopes, as("bob")));
    expect(bob.scope).toBe("repository:team/app:pull repository:public/x:pull");
    expect(bob.expires_in).toBe(300);
    const nobody = await given(get(scopes, {}));
    expect(nobody.scope).toBe("repository:public/x:pull");
    expect(nobody).not.toHaveProperty("refresh_token");
  });

  test("ends", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { token } = await given(get([], as("ann")));
    const ping = async (): Promise<number> =>
      (await registry.send("GET", "/v2/", { headers: bearer(token) })).status;
    expect(await ping()).toBe(200);
    // It is made by the real clock, which goes on, so that this is more than it lasts.
    vi.setSystemTime(Date.now() + 600_000);
    expect(await ping()).toBe(401);
  });

  test("is of one server, and of one key", async () => {
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const grants = [{ type: "repository", name: "team/app", actions: ["pull"] }];
    const claims = { identity: "ann", grants };
    const sameName = new TokenMaker({ service: SERVICE, key });
    const sameKey = new TokenMaker({ service: "other.example", key });
    expect(await maker.read((await maker.make(claims)).token)).toEqual(claims);
    expect(await maker.read((await sameName.make(claims)).token)).toBeUndefined();
    expect(await sameName.read((await sameKey.make(claims)).token)).toBeUndefined();
    expect(await sameName.read((await sameName.make(claims)).token)).toEqual(claims);
  });

  test("does not outlive what the rules allow", async () => {
    const grants = [{ type: "repository", name: "team/app", actions: ["pull", "push"] }];
    const { token } = await maker.make({ identity: "bob", grants });
    const path = "/v2/team/app/blobs/uploads/";
    expect((await registry.send("POST", path, { headers: bearer(token) })).status).toBe(403);
  });

  test("lists only what its holder may see", async () => {
    for (const [name, repository] of [
      ["ann", "team/app"],
      ["ann", "team/web"],
    ] as const) {
      const path = `/v2/${repository}/blobs/uploads/?digest=${EMPTY}`;
      expect((await registry.send("POST", path, { headers: as(name) })).status).toBe(201);
    }
    const listed = async (headers: Record<string, string>): Promise<unknown> => {
      const { token } = await given(get(["registry:catalog:*"], headers));
      return JSON.parse(
        (await registry.send("GET", "/v2/_catalog", { headers: bearer(token) })).body,
      );
    };
    expect(await listed(as("bob"))).toEqual({ repositories: ["team/app", "team/web"] });
    expect(await listed(as("eve"))).toEqual({ repositories: [] });
  });
});

const EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

describe("a token in place of the password", () => {
  const post = (form: Record<string, string>): Promise<Reply> =>
    tokens.send("POST", "/token", { body: new URLSearchParams({ service: SERVICE, ...form }) });
  const password = { grant_type: "password", username: "ann", password: "ann-pw" };

  test("is given when it is asked for, and gives tokens", async () => {
    expect(await given(post(password))).not.toHaveProperty("refresh_token");
    const first = await given(post({ ...password, access_type: "offline" }));
    const byGet = await given(get([], as("ann"), "&offline_token=true"));
    for (const { refresh_token = "" } of [first, byGet]) {
      const scope = "repository:team/app:pull,push";
      const next = await given(post({ grant_type: "refresh_token", refresh_token, scope }));
      expect(next.scope).toBe(scope);
      const path = "/v2/team/app/blobs/uploads/";
      const headers = bearer(next.token);
      expect((await registry.send("POST", path, { headers })).status).toBe(202);
      // It is no token itself, and a token is none of these.
      const direct = await registry.send("GET", "/v2/", { headers: bearer(refresh_token) });
      expect(direct.status).toBe(401);
      const wrong = await post({ grant_type: "refresh_token", refresh_token: next.token });
      expect(wrong.status).toBe(401);
    }
  });

  test("ends with the password", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { refresh_token = "" } = await given(post({ ...password, access_type: "offline" }));
    await writeFile(accounts.path, line("ann", "changed") + line("bob", "bob-pw"));
    vi.setSystemTime(Date.now() + 5000);
    expect((await post({ grant_type: "refresh_token", refresh_token })).status).toBe(401);
  });

  test.each([
    [{}, 400],
    [{ grant_type: "magic" }, 400],
    [{ grant_type: "password", username: "ann", password: "no" }, 401],
    [{ grant_type: "refresh_token" }, 401],
    [{ ...password, service: "other.example" }, 400],
    [{ ...password, more: "x".repeat(100_000) }, 413],
  ])("is not given for %j", async (form, status) => {
    expect((await post(form as Record<string, string>)).status).toBe(status);
  });

  test("is asked for by GET or POST", async () => {
    const { status, headers } = await tokens.send("DELETE", "/token");
    expect([status, headers.get("allow")]).toEqual([405, "GET, POST"]);
  });
});

test("what is said of tokens is kept by nobody in between", async () => {
  const { headers } = await get([], as("ann"));
  expect(headers.get("cache-control")).toBe("no-store");
});
