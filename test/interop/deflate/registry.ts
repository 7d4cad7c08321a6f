import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A registry of its own, on loopback. */
export interface Registry extends AsyncDisposable {
  /** Host and port, as in the name of an image. */
  readonly name: string;
}

/** How often, and how many times, the registry is asked whether it is up. */
const ASK_MS = 100;
const ASK_TIMES = 300;

export async function startRegistry(directory: string): Promise<Registry> {
  await mkdir(directory, { recursive: true });
  const name = `127.0.0.1:${await freePort()}`;
  const config = join(directory, "registry.json");
  const storage = { filesystem: { rootdirectory: join(directory, "data") } };
  // JSON is YAML, too.
  const settings = { version: 0.1, log: { level: "error" }, storage, http: { addr: name } };
  await writeFile(config, JSON.stringify(settings));
  const logPath = join(directory, "registry.log");
  const log = await open(logPath, "w");
  const child = spawn("docker-registry", ["serve", config], { stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  const ended = once(child, "exit");
  for (let asked = 0; !(await answers(name)); asked++) {
    if (child.exitCode === null && asked < ASK_TIMES) {
      await Promise.race([sleep(ASK_MS), ended]);
      continue;
    }
    child.kill();
    throw new Error(`start docker-registry:\n${await readFile(logPath, "utf8")}`);
  }
  return {
    name,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

async function answers(name: string): Promise<boolean> {
  return await fetch(`http://${name}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("find a free port");
  return address.port;
}
