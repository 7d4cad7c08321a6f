import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Action, Deed, Identity } from "./access.ts";
import { digestOf } from "./testing/client.ts";
import { pushImage } from "./testing/images.ts";
import { type Served, serve, serveMemory } from "./testing/served.ts";

const LAYER = Buffer.from("a layer");
const SECRET = Buffer.from("of others");
const DIGEST = digestOf(SECRET);

let open: Served;
let registry: Served;
let asked: (Deed & { identity: Identity })[];

/** What an identity may do in a repository; nobody may do anything else. */
const RIGHTS: Readonly<Record<string, Readonly<Record<string, readonly Action[]>>>> = {
  reader: { mine: ["pull"], theirs: [] },
  writer: { mine: ["pull", "push"], theirs: [] },
  owner: { mine: ["pull", "push", "delete"], theirs: ["pull"] },
};

beforeEach(async () => {
  open = await serveMemory();
  await pushImage(open, "mine", "1", { layers: [LAYER] });
  await pushImage(open, "theirs", "1", { layers: [SECRET] });
  asked = [];
  registry = await serve(open.store, {
    authority: {
      identify: ({ headers }) => {
        const identity = headers["x-who"]?.toString();
        if (identity === "impostor") return { problem: "wrong", message: "that is not you" };
        if (identity === "crowd") return { problem: "busy", message: "too many at once" };
        return { identity, may: (deed) => mayDo(identity, deed) };
      },
      challenge: (wanted, caller) => {
        if ("identity" in caller && caller.identity !== undefined) return undefined;
        const scopes = wanted.map(({ repository = "", action }) => `${repository}:${action}`);
        return `Test scopes="${scopes.join(" ")}"`;
      },
    },
  });
});

afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
});

function mayDo(identity: Identity, deed: Deed): boolean {
  asked.push({ identity, ...deed });
  if (deed.action === "ping") return identity !== undefined;
  if (deed.action === "list" && deed.repository === undefined) return identity !== undefined;
  const action = deed.action === "list" ? "pull" : deed.action;
  return RIGHTS[identity ?? ""]?.[deed.repository ?? ""]?.includes(action) ?? false;
}

const ID = "0f4e1c1e-6f3b-4b6e-9d4e-1f2a3b4c5d6e";

const ROUTES: readonly (readonly [Action, string, string])[] = [
  ["ping", "GET", "/v2/"],
  ["list", "GET", "/v2/_catalog"],
  ["pull", "GET", `/v2/NAME/blobs/${DIGEST}`],
  ["pull", "HEAD", `/v2/NAME/blobs/${DIGEST}`],
  ["pull", "GET", "/v2/NAME/manifests/1"],
  ["pull", "HEAD", "/v2/NAME/manifests/1"],
  ["pull", "GET", "/v2/NAME/tags/list"],
  ["pull", "GET", `/v2/NAME/referrers/${DIGEST}`],
  ["pull", "POST", "/v2/NAME/_shale/missing"],
  ["push", "POST", "/v2/NAME/blobs/uploads/"],
  ["push", "POST", `/v2/NAME/blobs/uploads/?mount=${DIGEST}`],
  ["push", "PATCH", `/v2/NAME/blobs/uploads/${ID}`],
  ["push", "PUT", `/v2/NAME/blobs/uploads/${ID}?digest=${DIGEST}`],
  ["push", "GET", `/v2/NAME/blobs/uploads/${ID}`],
  ["push", "DELETE", `/v2/NAME/blobs/uploads/${ID}`],
  ["push", "PUT", "/v2/NAME/manifests/1"],
  ["delete", "DELETE", `/v2/NAME/blobs/${DIGEST}`],
  ["delete", "DELETE", "/v2/NAME/manifests/1"],
];

describe.each(["mine", "theirs", "nobodys"])("repository %s", (name) => {
  describe.each([undefined, "reader", "writer", "owner"])("as %s", (who) => {
    test.each(ROUTES)("%s: %s %s", async (action, method, route) => {
      const path = route.replace("NAME", name);
      const headers = who === undefined ? {} : { "X-Who": who };
      const { status, code, headers: answered } = await registry.send(method, path, { headers });
      const repository = route.includes("NAME") ? name : undefined;
      expect(asked[0]).toEqual({ identity: who, repository, action });
      const isAllowed = mayDo(who, { repository, action });
      const refusal = who === undefined ? [401, "UNAUTHORIZED"] : [403, "DENIED"];
      const isRefused = status === refusal[0];
      expect(isRefused).toBe(!isAllowed);
      if (isAllowed) return;
      if (method !== "HEAD") expect(code).toBe(refusal[1]);
      const wanted = action === "push" ? ["pull", "push"] : [action];
      const scopes = wanted.map((one) => `${repository ?? ""}:${one}`).join(" ");
      const challenge = who === undefined ? `Test scopes="${scopes}"` : undefined;
      expect(answered["www-authenticate"]).toBe(challenge);
    });
  });
});

describe("a mount", () => {
  const mount = async (who: string, from: string): Promise<number> => {
    const path = `/v2/mine/blobs/uploads/?mount=${DIGEST}${from}`;
    return (await registry.send("POST", path, { headers: { "X-Who": who } })).status;
  };

  test.each(["", "&from=theirs"])(
    "of what one may not read begins an upload, as of what is nowhere (CVE-2024-39897): %j",
    async (from) => {
      expect(await mount("writer", from)).toBe(202);
      const blob = `/v2/mine/blobs/${DIGEST}`;
      expect((await open.send("HEAD", blob)).status).toBe(404);
      expect(await mount("owner", from)).toBe(201);
      expect((await open.send("HEAD", blob)).status).toBe(200);
    },
  );

  test("of what is in a repository that one may read, but not this blob (CVE-2026-35172)", async () => {
    expect(await mount("writer", "&from=mine")).toBe(202);
    expect((await open.send("HEAD", `/v2/mine/blobs/${DIGEST}`)).status).toBe(404);
  });
});

test("a refused mount from elsewhere asks for leave to read there, too", async () => {
  const path = `/v2/mine/blobs/uploads/?mount=${DIGEST}&from=theirs`;
  const { headers } = await registry.send("POST", path);
  expect(headers["www-authenticate"]).toBe('Test scopes="mine:pull mine:push theirs:pull"');
});

test("who says something wrong of themselves is let in nowhere, and told how to say it right", async () => {
  const as = { headers: { "X-Who": "impostor" } };
  for (const path of ["/v2/", "/v2/mine/manifests/1", "/nowhere"]) {
    const { status, code, headers } = await registry.send("GET", path, as);
    expect([status, code]).toEqual([401, "UNAUTHORIZED"]);
    expect(headers["www-authenticate"]).toMatch(/^Test scopes=/);
  }
  const busy = await registry.send("GET", "/v2/", { headers: { "X-Who": "crowd" } });
  expect([busy.status, busy.code, busy.headers["retry-after"]]).toEqual([
    429,
    "TOOMANYREQUESTS",
    "1",
  ]);
});

test("only names of repositories that one may see are listed", async () => {
  const listed = async (who: string): Promise<unknown> =>
    (await registry.send("GET", "/v2/_catalog", { headers: { "X-Who": who } })).json;
  expect(await listed("reader")).toEqual({ repositories: ["mine"] });
  expect(await listed("owner")).toEqual({ repositories: ["mine", "theirs"] });
});

test("an upload is of whoever began it", async () => {
  const as = (who: string) => ({ headers: { "X-Who": who } });
  const begun = await registry.send("POST", "/v2/mine/blobs/uploads/", as("writer"));
  const path = begun.headers.location!;
  for (const method of ["GET", "PATCH", "DELETE"]) {
    expect((await registry.send(method, path, as("owner"))).status).toBe(404);
  }
  expect((await registry.send("GET", path, as("writer"))).status).toBe(204);
});

test("an access that fails lets nobody in, and says nothing of why", async () => {
  await using broken = await serve(open.store, {
    authority: {
      identify: () => {
        throw new Error("the password is 12345");
      },
      challenge: () => undefined,
    },
  });
  const { status, bytes } = await broken.send("GET", "/v2/mine/manifests/1");
  expect(status).toBe(500);
  expect(bytes.toString()).not.toContain("12345");
});
