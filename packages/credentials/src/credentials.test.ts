import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configPath } from "./config-file.ts";
import { DockerCredentials } from "./credentials.ts";
import { domainOfServer, serverKey } from "./server-key.ts";

const ADA = { username: "ada", password: "p:ä" };
const ADA_AUTH = Buffer.from("ada:p:ä").toString("base64");
let directory: string;
let count = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-credentials-"));
});

afterAll(() => rm(directory, { recursive: true }));

/** A home with docker's file, and helpers of its own: the body of a shell script each. */
async function home(config?: unknown, helpers: Readonly<Record<string, string>> = {}) {
  const path = join(directory, `${count++}`);
  const programs = join(path, "bin");
  await mkdir(programs, { recursive: true });
  for (const [name, body] of Object.entries(helpers)) {
    const file = join(programs, `docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\n${body}\n`);
    await chmod(file, 0o755);
  }
  const env = { HOME: path, PATH: [programs, "/usr/bin", "/bin"].join(delimiter) };
  // The machine's own helpers are not asked unless a test wants that.
  const file = configPath(env);
  await mkdir(dirname(file));
  const text = typeof config === "string" ? config : JSON.stringify(config ?? { credsStore: "" });
  await writeFile(file, text);
  return {
    env,
    file,
    credentials: new DockerCredentials({ env, timeoutMs: 500 }),
    read: async () => JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>,
  };
}

/** Keeps one credential in a file of its own. */
const KEEPS = `
keep="$HOME/kept"
case "$1" in
  store) cat > "$keep" ;;
  get) [ -s "$keep" ] && cat "$keep" || { echo "credentials not found in native keychain"; exit 1; } ;;
  erase) rm -f "$keep" ;;
  list) echo '{}' ;;
esac`;

describe("the file", () => {
  test("is where docker has it", () => {
    expect(configPath({ HOME: "/h" })).toBe("/h/.docker/config.json");
    expect(configPath({ HOME: "/h", DOCKER_CONFIG: "/c" })).toBe("/c/config.json");
  });

  test.each([
    ["docker's key", "docker.io", { "https://index.docker.io/v1/": { auth: ADA_AUTH } }],
    ["a host", "r.example:5000", { "r.example:5000": { auth: ADA_AUTH } }],
    ["an address of older days", "r.example", { "https://r.example/v1/": { auth: ADA_AUTH } }],
    ["words of their own", "r.example", { "r.example": { username: "ada", password: "p:ä" } }],
    [
      "padded",
      "r.example",
      { "r.example": { auth: Buffer.from("ada:p:ä\0\0").toString("base64") } },
    ],
  ])("is read: %s", async (_title, domain, auths) => {
    const { credentials } = await home({ auths, credsStore: "" });
    expect(await credentials.credentialFor(domain)).toEqual(ADA);
    expect(await credentials.credentialFor("other.example")).toBeUndefined();
  });

  test("holds identity tokens", async () => {
    const { credentials, read } = await home();
    const token = { username: "ada", identityToken: "t" };
    await credentials.store("r.example", token);
    expect(await credentials.credentialFor("r.example")).toEqual(token);
    const { auths } = await read();
    expect(auths).toEqual({ "r.example": { auth: "YWRhOg==", identitytoken: "t" } });
  });

  test("keeps what is not about credentials, its form, and its owner's alone", async () => {
    const before = {
      HttpHeaders: { a: "b" },
      credsStore: "",
      psFormat: "x",
      auths: { o: { auth: "bzpw" } },
    };
    const { credentials, file, read } = await home(before);
    await chmod(file, 0o644);
    await credentials.store("r.example", ADA);
    const auths = { ...before.auths, "r.example": { auth: ADA_AUTH } };
    expect(await read()).toEqual({ ...before, auths });
    expect(Object.keys(await read())).toEqual(Object.keys(before));
    expect(await readFile(file, "utf8")).toContain('\n\t"HttpHeaders": {\n\t\t"a"');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await credentials.erase("r.example")).toEqual({ file, helper: undefined });
    expect(await read()).toEqual(before);
    expect(await credentials.erase("r.example")).toBeUndefined();
  });

  test("is made where there is none, and changed behind a link", async () => {
    const { env, file } = await home();
    const real = join(env.HOME, "real.json");
    await rm(dirname(file), { recursive: true });
    const own = { ...env, PATH: "/nowhere" };
    await new DockerCredentials({ env: own }).store("r.example", ADA);
    expect(JSON.parse(await readFile(file, "utf8")).auths["r.example"].auth).toBe(ADA_AUTH);
    await writeFile(real, '{"credsStore":""}');
    await rm(file);
    await symlink(real, file);
    await new DockerCredentials({ env: own }).store("r.example", ADA);
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(JSON.parse(await readFile(real, "utf8")).auths["r.example"].auth).toBe(ADA_AUTH);
  });

  test("loses nothing to writers at once", async () => {
    const { env, read } = await home();
    const domains = Array.from({ length: 12 }, (_, at) => `r${at}.example`);
    await Promise.all(domains.map((domain) => new DockerCredentials({ env }).store(domain, ADA)));
    expect(Object.keys((await read()).auths as object).sort()).toEqual(domains.sort());
  });

  test.each([
    "{",
    "[]",
    '{"auths":[]}',
    '{"auths":{"r.example":1}}',
    '{"credHelpers":{"r":1}}',
    '{"credsStore":1}',
    '{"auths":{"r.example":{"auth":"bm8="}}}',
    '{"credsStore":"../x"}',
  ])("that is none is refused, and stays: %s", async (text) => {
    const { credentials, file } = await home(text);
    await expect(credentials.credentialFor("r.example")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
    expect(await readFile(file, "utf8")).toBe(text);
  });

  test.each(["{", "[]"])("that is none is not written over: %s", async (text) => {
    const { credentials, file } = await home(text);
    await expect(credentials.store("r.example", ADA)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
    expect(await readFile(file, "utf8")).toBe(text);
  });
});

describe("a helper", () => {
  test("keeps what the file then does not", async () => {
    const { credentials, read } = await home({ credsStore: "keeps" }, { keeps: KEEPS });
    const place = await credentials.store("docker.io", ADA);
    expect(place.helper).toBe("keeps");
    expect(await read()).toEqual({
      credsStore: "keeps",
      auths: { "https://index.docker.io/v1/": {} },
    });
    expect(await credentials.credentialFor("docker.io")).toEqual(ADA);
    expect((await credentials.erase("docker.io"))?.helper).toBe("keeps");
    expect(await credentials.credentialFor("docker.io")).toBeUndefined();
  });

  test("is that of the registry before that of all", async () => {
    const helpers = { all: "exit 1", own: KEEPS };
    const config = { credsStore: "all", credHelpers: { "r.example": "own" } };
    const { credentials } = await home(config, helpers);
    const token = { username: "", identityToken: "t" };
    await credentials.store("r.example", token);
    expect(await credentials.credentialFor("r.example")).toEqual(token);
  });

  test("of the platform is taken when nothing is configured and it works", async () => {
    const broken = await home(
      {},
      { pass: "exit 1", secretservice: "exit 1", osxkeychain: "exit 1" },
    );
    expect((await broken.credentials.store("r.example", ADA)).helper).toBeUndefined();
    if (process.platform !== "linux") return;
    const { credentials, read } = await home({}, { pass: KEEPS });
    expect((await credentials.store("r.example", ADA)).helper).toBe("pass");
    expect(await read()).toEqual({ credsStore: "pass", auths: { "r.example": {} } });
  });

  test.each([
    ["is not there", undefined, "HELPER_MISSING", /docker-credential-bad: it is not on the PATH/],
    [
      "fails",
      "echo 'no bus' >&2; exit 1",
      "HELPER_FAILED",
      /docker-credential-bad failed and says: no bus/,
    ],
    ["says nothing", "exit 3", "HELPER_FAILED", /says: nothing/],
    ["hangs", "exec sleep 60", "HELPER_FAILED", /took longer than 0.5 s/],
  ])(
    "that %s: the error names it, and all stays as it was",
    async (_title, body, code, message) => {
      const { credentials, file } = await home(
        { credsStore: "bad" },
        body === undefined ? {} : { bad: body },
      );
      const before = await readFile(file, "utf8");
      const failure = expect.objectContaining({ code, message: expect.stringMatching(message) });
      await expect(credentials.store("r.example", ADA)).rejects.toEqual(failure);
      await expect(credentials.store("r.example", ADA)).rejects.toThrow(
        /nothing was kept. Ways out/,
      );
      await expect(credentials.credentialFor("r.example")).rejects.toEqual(failure);
      expect(await readFile(file, "utf8")).toBe(before);
    },
  );

  test.each([
    ["no JSON", "echo hello"],
    ["no secret", `echo '{"Username":"x"}'`],
    ["a list", "echo '[]'"],
    ["no end", "yes"],
  ])("that answers with %s is not understood", async (_title, body) => {
    const { credentials } = await home({ credsStore: "bad" }, { bad: body });
    await expect(credentials.credentialFor("r.example")).rejects.toMatchObject({
      code: "HELPER_FAILED",
    });
  });

  test("is asked once for a registry", async () => {
    const body = `echo x >> "$HOME/asked"; echo '{"Username":"a","Secret":"b"}'`;
    const { credentials, env } = await home({ credsStore: "one" }, { one: body });
    const asked = [1, 2, 3].map(() => credentials.credentialFor("r.example"));
    expect(await Promise.all(asked)).toEqual(Array(3).fill({ username: "a", password: "b" }));
    expect(await readFile(join(env.HOME, "asked"), "utf8")).toBe("x\n");
  });
});

test("servers have one name, however they are written", () => {
  for (const name of ["docker.io", "index.docker.io", "https://index.docker.io/v1/"]) {
    expect(domainOfServer(name)).toBe("docker.io");
  }
  expect(serverKey("docker.io")).toBe("https://index.docker.io/v1/");
  expect(domainOfServer("https://r.example:5000/v2/")).toBe("r.example:5000");
  expect(serverKey("localhost:5000")).toBe("localhost:5000");
});
