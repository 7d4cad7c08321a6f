import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { finish, ROOT, succeed } from "../packaging/commands.ts";
import { buildAll, packAll } from "../packaging/pack.ts";
import { openShale, type Shale } from "./clients.ts";
import { startServer } from "./registry/server.ts";

const DEPLOY = join(ROOT, "deploy");
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-deploy-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

test("systemd takes the unit, with a program in place of the installed one", async () => {
  const unit = join(directory, "shale.service");
  const text = await readFile(join(DEPLOY, "shale.service"), "utf8");
  await writeFile(unit, text.replace("/usr/local/bin/shale", "/bin/true"));
  const { status, output } = await finish(["systemd-analyze", "verify", unit]);
  expect([status, output.split("\n").filter((line) => line.includes("shale.service"))]).toEqual([
    0,
    [],
  ]);
});

test("the unit's program starts with the config that goes with it", async () => {
  const text = await readFile(join(DEPLOY, "shale.service"), "utf8");
  const [, flag = "", line] =
    /^ExecStart=\/usr\/bin\/env node (\S+) \/usr\/local\/bin\/shale (.+)$/m.exec(text) ?? [];
  // Beside the store, where it is made, its user may write; beside the state directory not.
  expect(text).toMatch(/^StateDirectory=shale$/m);
  expect(line).toBe("--store /var/lib/shale/store serve --config /etc/shale/config.yaml");
  await cp(join(DEPLOY, "config.yaml"), join(directory, "config.yaml"));
  const shale = withNodeFlag(openShale(join(directory, "store")), flag);
  const config = ["--config", join(directory, "config.yaml")];
  expect(await shale.run("serve", "--check-config", ...config)).toBe("ok\n");
  await using server = await startServer(shale, ...config);
  expect((await fetch(`http://${server.address}/readyz`)).status).toBe(200);
});

/** The command line, with a flag for Node itself: one that Node does not know ends it at once. */
function withNodeFlag(shale: Shale, flag: string): Shale {
  const command: Shale["command"] = (...args) => {
    const [node, ...rest] = shale.command(...args);
    return [node, flag, ...rest];
  };
  return { ...shale, command };
}

/** What the image does, without the image: this machine need not reach a registry to be tested on. */
test("the program of the image is where its package is installed, and answers its health check", async () => {
  await buildAll();
  const tarballs = await packAll(join(directory, "tarballs"));
  const app = join(directory, "app");
  const install = [
    "npm",
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefix",
    app,
  ];
  const { path } = tarballs.find(({ folder }) => folder === "cli")!;
  await succeed([...install, path], { cwd: directory });
  const dockerfile = await readFile(join(DEPLOY, "Dockerfile"), "utf8");
  const words = (instruction: string): string[] => {
    const [, list = "[]"] = new RegExp(`^${instruction} (\\[.+\\])$`, "m").exec(dockerfile) ?? [];
    return JSON.parse(list) as string[];
  };
  const [node, nodeFlag, program, ...rest] = words("ENTRYPOINT");
  expect(node).toBe("node");
  const [, volume] = /^VOLUME (.+)$/m.exec(dockerfile) ?? [];
  expect(/^ENV SHALE_STORE=(.+)$/m.exec(dockerfile)?.[1]).toBe(`${volume}/store`);
  const installed = program!.replace("/app", app);
  const store = join(directory, "image-store");
  const shale: Shale = {
    ...openShale(store),
    command: (...args) => [process.execPath, nodeFlag!, installed, "--store", store, ...args],
  };
  const flags = words("CMD").filter((word) => word !== "--listen" && word !== "0.0.0.0:5000");
  expect(rest).toEqual(["serve"]);
  await using server = await startServer(shale, ...flags);
  const [, flag, check] = words("HEALTHCHECK CMD");
  const asked = check!.replace("127.0.0.1:5000", server.address);
  expect((await finish([process.execPath, flag!, asked])).status).toBe(0);
  await server.end("SIGTERM");
  expect((await finish([process.execPath, flag!, asked])).status).toBe(1);
}, 300_000);
