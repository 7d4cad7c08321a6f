import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConfigError, readConfig } from "./config.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-config-"));
});

afterAll(() => rm(directory, { recursive: true }));

async function read(text: string) {
  const path = join(directory, "config.yaml");
  await writeFile(path, text);
  return await readConfig(path);
}

const problems = async (text: string): Promise<ConfigError["problems"]> =>
  await read(text).then(
    () => [],
    (error: ConfigError) => {
      expect(error.code).toBe("CONFIG_INVALID");
      expect(error.message).not.toContain("\n");
      return error.problems;
    },
  );

test("nothing need be said", async () => {
  expect(await read("")).toMatchObject({});
  expect(await read("# nothing yet\n")).toMatchObject({});
});

test("files are meant from where the config is", async () => {
  const config = await read("tls: {certificate: tls/cert.pem, key: /etc/key.pem}");
  expect(config.fileAt(config.tls!.certificate)).toBe(join(directory, "tls/cert.pem"));
  expect(config.fileAt(config.tls!.key)).toBe("/etc/key.pem");
});

test("all that there is", async () => {
  const config = await read(`
listen: 0.0.0.0:443
domain: registry.example
sparse: none
tls:
  certificate: cert.pem
  key: key.pem
metrics: {listen: "127.0.0.1:9100"}
proxies: [10.0.0.0/8, "::1"]
limits: {requestsPerSecond: 100, burst: 500, failedLoginsPerMinute: 10, connections: 2000}
quotas:
  - {repositories: ["team/**"], size: 10GB}
access:
  htpasswd: htpasswd
  tokens: {realm: "https://registry.example/token", key: token.pem, lifetimeSeconds: 600}
  groups: {dev: [ann, bob]}
  rules:
    - {repositories: ["team/**"], who: ["@dev"], may: [pull, push, delete]}
    - {repositories: ["**"], who: [anybody], may: [pull]}
`);
  expect(config.access?.rules).toHaveLength(2);
});

test.each<[string, string, string]>([
  ["listn: x", "", 'Unrecognized key: "listn"'],
  ["sparse: some", "sparse", "Invalid option"],
  ["access: {}", "access.htpasswd", "name either a file with accounts"],
  ["access: {htpasswd: 7}", "access.htpasswd", "expected string"],
  [
    "access: {htpasswd: f, rules: [{repositories: [], who: [a], may: [pull]}]}",
    "access.rules[0].repositories",
    "Too small",
  ],
  [
    "access: {htpasswd: f, rules: [{repositories: [a], who: [a], may: [fly]}]}",
    "access.rules[0].may[0]",
    "Invalid option",
  ],
  [
    "access: {htpasswd: f, rules: [{repositories: [a], who: ['@b'], may: [pull]}]}",
    "access.rules[0].who",
    'no group is called "b"',
  ],
  ["access: {htpasswd: f, tokens: {realm: nowhere}}", "access.tokens.realm", "Invalid URL"],
  ["access: {htpasswd: f, tokens: {realm: 'ftp://a/b'}}", "access.tokens.realm", "Invalid URL"],
  [
    "access: {authority: {realm: 'https://a/t', service: s, issuer: i, keys: k}, rules: []}",
    "access.rules",
    "in the tokens",
  ],
  [
    "access: {htpasswd: f, rules: [{repositories: [A/b], who: [a], may: [pull]}]}",
    "access.rules[0].repositories[0]",
    "it fits no repository",
  ],
  ["quotas: [{repositories: [a], size: many}]", "quotas[0].size", "it is no size"],
  ["proxies: [10.0.0.0/99]", "proxies[0]", ""],
  ["proxies: [nowhere]", "proxies[0]", "is no network"],
  ["limits: {requestsPerSecond: 0}", "limits.requestsPerSecond", "Too small"],
  ["upstream: {registry: 'https://docker.io'}", "upstream.registry", "it is no registry"],
  ["tls: {certificate: a}", "tls.key", "expected string"],
  ["- a list", "", "expected object"],
  ["a: [", "", "Flow sequence"],
  ["a: 1\na: 2", "", "Map keys must be unique"],
])("%s", async (text, key, message) => {
  const found = await problems(text);
  expect(found[0]).toMatchObject({ key, message: expect.stringContaining(message) });
});

test("all problems are told at once", async () => {
  expect(await problems("sparse: some\ntls: {}\nx: 1")).toHaveLength(4);
});

test("one that is not there", async () => {
  await expect(readConfig(join(directory, "none.yaml"))).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("ENOENT"),
  });
});
