import { createHash, generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { putCertificate } from "../testing/certificates.ts";
import { type ServeProcess, startServer } from "../testing/server.ts";
import { type Workspace, workspace } from "../testing/shale.ts";

/** Of the password `secret`. */
const HASH = "$2b$04$ybybRpuXgrdE/hAt6jIE0.CDt4nTvYERvTh8Ek6jLsdjhj2O6X1QS";

let space: Workspace;

beforeEach(async () => {
  space = await workspace();
  await file("htpasswd", `ann:${HASH}\nbob:${HASH}\n`);
});

afterEach(() => space[Symbol.asyncDispose]());

async function file(name: string, content: string): Promise<string> {
  const path = join(space.directory, name);
  await writeFile(path, content);
  return path;
}

async function certify(): Promise<void> {
  const place = (name: string): string => join(space.directory, name);
  await putCertificate("one", { certificate: place("cert.pem"), key: place("key.pem") });
}

const RULES = `
  rules:
    - {repositories: ["**"], who: [ann], may: [pull, push, delete]}
    - {repositories: ["public/**"], who: [anybody], may: [pull]}
`;

const as = (name: string, password = "secret"): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});

const pathOf = (repository: string): string =>
  `/v2/${repository}/blobs/uploads/?digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`;

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** By HTTPS, to whoever has whatever certificate. */
function send(url: string, method: string, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, rejectUnauthorized: false }, (response) => {
      const { statusCode: status, headers: answered } = response;
      text(response).then((body) => resolve({ status, headers: answered, body }), reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function withServer(
  config: string,
  use: (server: ServeProcess) => Promise<void>,
): Promise<ServeProcess["log"]> {
  const path = await file("config.yaml", config);
  await using server = await startServer(space.storePath, ["--config", path]);
  await use(server);
  await server.end("SIGTERM");
  return server.log;
}

test("accounts over TLS: who may do what, and the log has names but no passwords", async () => {
  await certify();
  const config = `
domain: registry.example
tls: {certificate: cert.pem, key: key.pem}
access:
  htpasswd: htpasswd${RULES}`;
  const log = await withServer(config, async ({ said }) => {
    expect(said).toMatchObject({ url: `https://${said.address}`, domain: "registry.example" });
    const status = async (method: string, path: string, headers?: Record<string, string>) =>
      (await send(`${said.url}${path}`, method, headers)).status;
    expect(await status("GET", "/v2/")).toBe(401);
    expect(await status("GET", "/v2/", as("ann"))).toBe(200);
    expect(await status("GET", "/v2/", as("ann", "wrong"))).toBe(401);
    expect(await status("POST", pathOf("public/a"), as("ann"))).toBe(201);
    expect(await status("POST", pathOf("public/a"), as("bob"))).toBe(403);
    expect(await status("GET", "/v2/public/a/tags/list")).toBe(200);
    expect(await status("GET", "/v2/team/a/tags/list")).toBe(401);
    expect(said.metrics).toBeNull();
    expect(await status("GET", "/metrics")).toBe(404);
    expect(await status("GET", "/healthz")).toBe(200);
    expect(await status("GET", "/readyz")).toBe(200);
  });
  expect(log).toContainEqual(
    expect.objectContaining({ kind: "begin upload", identity: "ann", status: 201 }),
  );
  expect(JSON.stringify(log)).not.toMatch(/secret|wrong|Basic/);
});

test("tokens of its own: a key in a file makes them outlive a restart", async () => {
  await certify();
  const { privateKey } = generateKeyPairSync("ed25519");
  await file("token.pem", privateKey.export({ format: "pem", type: "pkcs8" }).toString());
  const config = `
domain: registry.example
tls: {certificate: cert.pem, key: key.pem}
access:
  htpasswd: htpasswd
  tokens: {key: token.pem}${RULES}`;
  let token = "";
  await withServer(config, async ({ said }) => {
    const { headers } = await send(`${said.url}/v2/team/a/manifests/1`, "GET");
    expect(headers["www-authenticate"]).toBe(
      'Bearer realm="https://registry.example/token",service="registry.example",scope="repository:team/a:pull"',
    );
    const query = "?service=registry.example&scope=repository:team/a:pull,push";
    const { body } = await send(`${said.url}/token${query}`, "GET", as("ann"));
    ({ token } = JSON.parse(body) as { token: string });
  });
  const log = await withServer(config, async ({ said }) => {
    const headers = { Authorization: `Bearer ${token}` };
    expect((await send(`${said.url}${pathOf("team/a")}`, "POST", headers)).status).toBe(201);
    const other = await send(`${said.url}${pathOf("team/b")}`, "POST", headers);
    expect(other.headers["www-authenticate"]).toContain('error="insufficient_scope"');
  });
  expect(JSON.stringify(log)).not.toContain(token);
});

test("beyond loopback with accounts; metrics at an address of their own", async () => {
  const config = `
listen: 0.0.0.0:0
metrics: {listen: "127.0.0.1:0"}
access: {htpasswd: htpasswd}`;
  const path = await file("config.yaml", config);
  await using server = await startServer(space.storePath, ["--config", path]);
  const { address, metrics } = server.said;
  expect((await fetch(`http://${address}/metrics`)).status).toBe(404);
  expect(await (await fetch(metrics!)).text()).toContain("shale_requests_total");
  expect((await fetch(metrics!.replace("metrics", "v2/"))).status).toBe(404);
  expect((await fetch(`http://${address}/v2/`, { headers: as("bob") })).status).toBe(200);
});

test("metrics of a server for this machine alone are where it listens, and count", async () => {
  await using server = await startServer(space.storePath);
  const { url } = server.said;
  const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  await fetch(`${url}${pathOf("a")}`, { method: "POST" });
  for (let at = 0; at < 3; at++) await (await fetch(`${url}/v2/a/blobs/${digest}`)).bytes();
  expect(server.said.metrics).toBe(`${url}/metrics`);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/^shale_requests_total\{kind="read blob",status="200"\} 3$/m);
  expect(metrics).toMatch(/^shale_request_seconds_count\{kind="begin upload"\} 1$/m);
  expect(metrics).toMatch(/^shale_store_entries\{what="blobs"\} 1$/m);
  expect(metrics).toMatch(/^shale_store_bytes\{what="stored"\} [1-9]\d+$/m);
  expect(metrics).toMatch(/^shale_settle_waiting [01]$/m);
  expect(metrics).toMatch(/^process_resident_memory_bytes /m);
  const sent = Number(/^shale_sent_bytes_total (\d+)$/m.exec(metrics)?.[1]);
  expect(sent).toBeGreaterThan(0);
  expect(metrics).not.toContain("e3b0c4");
});

test("a config is checked with all that it names", async () => {
  const good = await file("good.yaml", "access: {htpasswd: htpasswd}");
  expect(await space.json(["serve", "--check-config", "--config", good])).toEqual({ problems: [] });
  await certify();
  await file("htpasswd", "ann:plain\n");
  const bad = await file(
    "bad.yaml",
    "access: {htpasswd: htpasswd}\ntls: {certificate: cert.pem, key: none.pem}",
  );
  const { status, stdout, stderr } = await space.run(["serve", "--check-config", "--config", bad]);
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /^access: read .*htpasswd", line 1: .*\ntls: read certificate .*ENOENT.*\n$/,
  );
  expect(stderr).toBe(
    "shale: check config: 2 mistakes in it, or in what it names (CONFIG_INVALID)\n",
  );
  const typo = await file("typo.yaml", "acess: {}\nsparse: some");
  const typed = await space.run(["serve", "--check-config", "--json", "--config", typo]);
  expect(JSON.parse(typed.stdout)).toMatchObject({ problems: [{ key: "sparse" }, { key: "" }] });
  expect((await space.run(["serve", "--config", typo])).stderr).toMatch(
    /and 1 more; see --check-config/,
  );
});

test("quotas, limits and proxies: what the config says holds", async () => {
  const config = `
access: {htpasswd: htpasswd}
proxies: [127.0.0.1]
limits: {failedLoginsPerMinute: 3}
quotas:
  - {repositories: ["small/*"], size: 1kB}
`;
  const path = await file("config.yaml", config);
  await using server = await startServer(space.storePath, ["--config", path]);
  const { url } = server.said;
  const push = async (repository: string, bytes: number) => {
    const body = "x".repeat(bytes);
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    const at = `${url}/v2/${repository}/blobs/uploads/?digest=${digest}`;
    return (await fetch(at, { method: "POST", headers: as("ann"), body })).status;
  };
  expect([await push("small/a", 900), await push("small/a", 901)]).toEqual([201, 403]);
  expect(await push("large", 5000)).toBe(201);
  const guess = async (from: string): Promise<number> => {
    const headers = { ...as("ann", "guess"), "X-Forwarded-For": from };
    return (await fetch(`${url}/v2/`, { headers })).status;
  };
  const guesses: number[] = [];
  for (let at = 0; at < 4; at++) guesses.push(await guess("203.0.113.9"));
  expect(guesses).toEqual([401, 401, 401, 429]);
  expect(await guess("203.0.113.10")).toBe(401);
  await server.end("SIGTERM");
  expect(server.log).toContainEqual(
    expect.objectContaining({ client: "203.0.113.9", status: 401 }),
  );
});
