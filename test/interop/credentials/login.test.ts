import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, test } from "vitest";
import { succeed } from "../../packaging/commands.ts";
import { openShale } from "../clients.ts";
import { startRegistry } from "../remote/docker-registry.ts";
import { startTokenServer } from "../remote/token-server.ts";

const USER = { username: "ada", password: "p:ä ss" };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-login-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home of its own, with the commands that are run in it. */
async function home(name: string) {
  const path = join(directory, name);
  await mkdir(join(path, ".docker"), { recursive: true });
  const config = join(path, ".docker", "config.json");
  const env: Record<string, string> = {
    PATH: process.env.PATH!,
    HOME: path,
    GNUPGHOME: join(path, "gnupg"),
  };
  const shale = openShale(join(path, "store"));
  return {
    path,
    config,
    env,
    shale: async (args: readonly string[], stdin = ""): Promise<Ran> => {
      const [program, ...rest] = shale.command(...args);
      const child = spawn(program, rest, { env, stdio: "pipe" });
      child.stdin.end(stdin);
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      return { status: await ended, stdout, stderr };
    },
  };
}

const loginArgs = (domain: string) => ["login", domain, "-u", USER.username, "--password-stdin"];

test("a password goes to the file when no helper is there, and says so; docker reads it", async () => {
  await using registry = await startRegistry(join(directory, "htpasswd"), { htpasswd: USER });
  const { shale, config, env } = await home("file");
  await writeFile(config, '{\n\t"HttpHeaders": {\n\t\t"X": "y"\n\t},\n\t"credsStore": ""\n}');
  const wrong = await shale(loginArgs(registry.domain), "guess");
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /UNAUTHORIZED/);
  const { status, stdout, stderr } = await shale(loginArgs(registry.domain), USER.password);
  assert.equal(stderr.includes(USER.password), false);
  assert.deepEqual([status, stdout], [0, "Login Succeeded\n"], stderr);
  assert.match(stderr, /unencrypted in .*config\.json/);
  const saved = JSON.parse(await readFile(config, "utf8"));
  assert.deepEqual(saved.HttpHeaders, { X: "y" });
  assert.equal((await stat(config)).mode & 0o777, 0o600);
  const skopeo = ["skopeo", "inspect", "--tls-verify=false", "--authfile", config];
  const image = `docker://${registry.domain}/no/such`;
  await assert.rejects(succeed([...skopeo, image], { env }), /manifest unknown|name unknown/i);

  const out = await shale(["logout", registry.domain]);
  assert.match(out.stdout, /^Removing login credentials for 127/);
  assert.deepEqual(JSON.parse(await readFile(config, "utf8")).auths, {});
  assert.match((await shale(["logout", registry.domain])).stdout, /^Not logged in to /);
});

test("pass keeps a password, which docker's own helper protocol gives back", async () => {
  await using registry = await startRegistry(join(directory, "pass-registry"), { htpasswd: USER });
  const { shale, config, env } = await home("pass");
  await mkdir(env.GNUPGHOME!, { mode: 0o700 });
  const key = "Ada <ada@example.org>";
  const make = ["--quick-gen-key", key, "default", "default", "never"];
  await succeed(["gpg", "--batch", "--passphrase", "", ...make], { env });
  await succeed(["pass", "init", key], { env });
  const { status, stdout, stderr } = await shale(
    [...loginArgs(registry.domain), "--json"],
    USER.password,
  );
  assert.equal(status, 0, stderr);
  const { stored, helper } = JSON.parse(stdout) as { stored: string; helper: string };
  assert.deepEqual([stored, helper], ["helper", "pass"]);
  const file = await readFile(config, "utf8");
  assert.deepEqual(JSON.parse(file), { auths: { [registry.domain]: {} }, credsStore: "pass" });
  assert.equal(file.includes(Buffer.from(USER.password).toString("base64")), false);

  const ask = spawn("docker-credential-pass", ["get"], { env, stdio: "pipe" });
  ask.stdin.end(registry.domain);
  const { Secret } = JSON.parse(await text(ask.stdout)) as { Secret: string };
  assert.equal(Secret, USER.password);
  const pull = await shale(["pull", `${registry.domain}/no/such`]);
  assert.match(pull.stderr, /MANIFEST_UNKNOWN/);
  assert.equal((await shale(["logout", registry.domain])).status, 0);
  const gone = await shale(["pull", `${registry.domain}/no/such`]);
  assert.match(gone.stderr, /UNAUTHORIZED/);
  await succeed(["gpgconf", "--kill", "all"], { env });
});

test("a helper without a session bus: the error names it, what it said, and ways out", async () => {
  await using registry = await startRegistry(join(directory, "bus"), { htpasswd: USER });
  const { shale, config } = await home("bus");
  const before = '{"credsStore":"secretservice"}';
  await writeFile(config, before);
  const { status, stderr } = await shale(loginArgs(registry.domain), USER.password);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /docker-credential-secretservice failed and says: .*(D-Bus|dbus|autolaunch)/i,
  );
  assert.match(stderr, /Ways out: \(1\).*\(2\) name another helper.*\(3\) take credsStore out/);
  assert.match(stderr, /HELPER_FAILED/);
  assert.equal(await readFile(config, "utf8"), before);
});

test("a token server's identity token is kept in place of the password, and used", async () => {
  const identityToken = "an-identity-token";
  const path = join(directory, "token");
  await mkdir(path);
  await using authority = await startTokenServer(path, { ...USER, identityToken });
  await using registry = await startRegistry(join(path, "registry"), { token: authority });
  const { shale, config } = await home("token-home");
  await writeFile(config, '{"credsStore":""}');
  const { status, stderr } = await shale(loginArgs(registry.domain), USER.password);
  assert.equal(status, 0, stderr);
  const { auths } = JSON.parse(await readFile(config, "utf8"));
  assert.equal(auths[registry.domain].identitytoken, identityToken);
  const pull = await shale(["pull", `${registry.domain}/no/such`]);
  assert.match(pull.stderr, /MANIFEST_UNKNOWN|REPOSITORY_UNKNOWN/);
  assert.equal(authority.asked.at(-1), "POST ada repository:no/such:pull");
});
