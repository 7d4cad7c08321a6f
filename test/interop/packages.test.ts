import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Tunnel } from "../../packages/remote/src/testing/tunnel.ts";
import { readPackages } from "../gate/sources.ts";
import { finish, ROOT, succeed } from "../packaging/commands.ts";
import {
  EXAMPLES_PATH,
  readExamples,
  runExample,
  writeExampleArchive,
} from "../packaging/examples.ts";
import { buildAll, packAll, type Tarball } from "../packaging/pack.ts";
import { openShale, type Shale } from "./clients.ts";
import { startServer } from "./registry/server.ts";

/** The oldest Node that `engines` allows. */
const OLDEST_NODE = "22.15";
/**
 * Node 22 ends a zstd stream that was cut short without an error, so that such a blob is taken for a whole one. Its
 * bytes are kept all the same; what it says of its content is of what there is.
 */
const FAILING_ON_OLDEST_NODE: readonly string[] = ["test-your-own-store"];
const NPM_QUIET = [
  "--prefer-offline",
  "--no-audit",
  "--no-fund",
  "--ignore-scripts",
  "--loglevel=error",
];
/** Of the password `secret`. */
const HASH = "$2b$04$ybybRpuXgrdE/hAt6jIE0.CDt4nTvYERvTh8Ek6jLsdjhj2O6X1QS";
/** Building, packing and installing take a while when nothing of it is cached. */
const SETUP_TIMEOUT_MS = 300_000;

let directory: string;
let tarballs: Tarball[];
let project: string;
let archive: string;
let oldestNode: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-packages-"));
  await buildAll();
  tarballs = await packAll(join(directory, "tarballs"));
  project = join(directory, "project");
  await makeProject();
  oldestNode = await installOldestNode();
  archive = await writeExampleArchive(directory);
}, SETUP_TIMEOUT_MS);

afterAll(() => rm(directory, { recursive: true }));

/** A user's project, which knows nothing of this workspace: the packages, and the examples to compile. */
async function makeProject(): Promise<void> {
  await mkdir(project);
  await writeFile(join(project, "package.json"), '{"private": true, "type": "module"}');
  await npm(["install", ...NPM_QUIET, ...tarballs.map(({ path }) => path)]);
  await cp(EXAMPLES_PATH, join(project, "src"), { recursive: true });
  const compilerOptions = {
    ...{ target: "es2024", lib: ["es2024", "esnext.disposable"], module: "nodenext", strict: true },
    ...{ rootDir: "src", outDir: "out", skipLibCheck: false },
    ...{ types: ["node"], typeRoots: [join(ROOT, "node_modules", "@types")] },
  };
  const config = { compilerOptions, include: ["src"] };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
}

/** Comes as the workspace's own Node does, as a package that is named after its platform. */
async function installOldestNode(): Promise<string> {
  const root = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
    optionalDependencies: Record<string, string>;
  };
  const platform = `${process.platform}-${process.arch}`;
  const name = Object.keys(root.optionalDependencies).find((one) => one.endsWith(platform))!;
  const prefix = join(directory, "node");
  await npm(["install", ...NPM_QUIET, "--prefix", prefix, `${name}@${OLDEST_NODE}`]);
  return join(prefix, "node_modules", name, "bin", "node");
}

function npm(args: readonly string[]) {
  return succeed(["npm", ...args], { cwd: project });
}

describe("tarballs", () => {
  test("are those of all packages", () => {
    expect(tarballs.map(({ folder }) => folder)).toEqual([...readPackages().keys()]);
  });

  test("hold what is built, a licence and a word about it, and no test", async () => {
    for (const { name, path } of tarballs) {
      const { stdout } = await succeed(["tar", "-tzf", path]);
      const files = stdout.trimEnd().split("\n");
      expect(files, name).toEqual(expect.arrayContaining(["package/LICENSE", "package/README.md"]));
      const odd = files.filter(
        (file) =>
          !/^package\/(dist\/(.*\.(js|js\.map|d\.ts)|libraries\.txt)|completions\/shale\.\w+|package\.json|LICENSE|README\.md)$/.test(
            file,
          ) || /\.test\.|\/testing\//.test(file),
      );
      expect(odd, name).toEqual([]);
    }
  });

  test("name versions that are published, not places in the workspace", async () => {
    for (const { name } of tarballs) {
      const path = join(project, "node_modules", name, "package.json");
      const { dependencies = {} } = JSON.parse(await readFile(path, "utf8")) as {
        dependencies?: Record<string, string>;
      };
      for (const version of Object.values(dependencies)) expect(version, name).toMatch(/^\d/);
    }
  });
});

describe("a project that installs them", () => {
  test("compiles, with every declaration checked", async () => {
    const { status, output } = await finish(["tsc", "-p", project]);
    expect(status, output).toBe(0);
  });

  describe.each([
    ["the Node of the tests", () => process.execPath, []],
    [`Node ${OLDEST_NODE}`, () => oldestNode, FAILING_ON_OLDEST_NODE],
  ])("on %s", (title, node, failing) => {
    for (const { name, prints } of readExamples()) {
      const known = failing.includes(name) ? test.fails : test;
      known(`the example ${name} prints what it says`, async () => {
        const own = join(directory, `${title} ${name}`);
        await mkdir(own);
        const file = join(project, "out", `${name}.js`);
        expect(await runExample({ node: node(), file, archive, directory: own })).toBe(prints);
      });
    }
  });
});

describe("the command line, installed for everybody from its own tarball", () => {
  const prefix = () => join(directory, "global");
  const program = () => join(prefix(), "bin", "shale");
  const shale = (store: string, args: readonly string[], env = {}) =>
    succeed([program(), "--store", join(directory, store), ...args], { env });

  beforeAll(async () => {
    const own = tarballs.find(({ folder }) => folder === "cli")!;
    await npm(["install", "--global", ...NPM_QUIET, "--prefix", prefix(), own.path]);
  }, SETUP_TIMEOUT_MS);

  test("is a bundle: of our packages it needs none, and it has the licences of what is in it", async () => {
    const modules = join(prefix(), "lib", "node_modules", "shale");
    const { dependencies } = JSON.parse(await readFile(join(modules, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(dependencies).filter((name) => name.startsWith("@shale/"))).toEqual([]);
    const licences = await readFile(join(modules, "dist", "libraries.txt"), "utf8");
    for (const name of ["commander", "undici", "zod"]) expect(licences).toContain(`\n${name} `);
  });

  test("loads images and lists them", async () => {
    const { stdout: version } = await shale("loaded", ["version", "--json"]);
    const { version: expected } = JSON.parse(
      await readFile(join(ROOT, "packages", "cli", "package.json"), "utf8"),
    ) as { version: string };
    expect(JSON.parse(version)).toMatchObject({ version: expected });

    await shale("loaded", ["load", archive]);
    const { stdout: images } = await shale("loaded", ["images", "--json"]);
    const references = (JSON.parse(images) as { reference: string }[]).map((one) => one.reference);
    expect(references.sort()).toEqual(["one:latest", "two:latest"]);

    const saved = join(directory, "saved.tar");
    await shale("loaded", ["save", "one", "-o", saved]);
    const { stdout } = await succeed(["tar", "-tf", saved]);
    expect(stdout).toContain("manifest.json");
    const { stdout: script } = await shale("loaded", ["completion", "bash"]);
    expect(script).toContain("shale");
  });

  test("serves with accounts, pushes to that and pulls: its threads find their files", async () => {
    const config = join(directory, "serve.yaml");
    await writeFile(join(directory, "htpasswd"), `ann:${HASH}\n`);
    await writeFile(config, "access:\n  htpasswd: htpasswd\n");
    const served = join(directory, "served");
    const installed: Shale = {
      ...openShale(served),
      // Not by its first line: what runs there may be a script, which alone would be ended.
      command: (...args) => [process.execPath, program(), "--store", served, ...args],
    };
    await using server = await startServer(installed, "--config", config);
    const auths: Record<string, { auth: string }> = {
      [server.domain]: { auth: Buffer.from("ann:secret").toString("base64") },
    };
    await writeFile(join(directory, "config.json"), JSON.stringify({ auths }));
    const env = { DOCKER_CONFIG: directory };

    const name = `${server.domain}/team/one:1`;
    await shale("pushed", ["load", archive]);
    await shale("pushed", ["tag", "one", name]);
    await shale("pushed", ["push", name], env);
    await shale("pulled", ["pull", name], env);
    const idOf = async (store: string) => {
      const { stdout } = await shale(store, ["images", "--json", name]);
      return (JSON.parse(stdout) as { imageId: string }[]).map(({ imageId }) => imageId);
    };
    expect(await idOf("pulled")).toEqual(await idOf("pushed"));
    await shale("pulled", ["verify"]);
    // By a name that only a proxy knows, which takes what else of the bundle a proxy needs.
    await using tunnel = await Tunnel.start(server.domain);
    const far = "registry.example:5000/team/one:1";
    const proxied = { ...env, http_proxy: tunnel.url, https_proxy: tunnel.url };
    auths["registry.example:5000"] = auths[server.domain]!;
    await writeFile(join(directory, "config.json"), JSON.stringify({ auths }));
    await shale("far", ["pull", "--insecure", far], proxied);
    await shale("far", ["verify"]);
    const refused = await finish([program(), "--store", join(directory, "none"), "pull", name]);
    expect(refused.output).toContain("UNAUTHORIZED");
  });
});
