import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isInstalled, shale } from "../command.ts";
import type { WorkDir } from "../work-dir.ts";

/** A registry on this machine, empty when it starts. */
export interface Server extends AsyncDisposable {
  readonly domain: string;
  readonly pid: number;
}

/** A way to serve images: `undefined` when it is not installed. */
export interface ServerKind {
  readonly name: string;
  readonly start: (work: WorkDir) => Promise<Server>;
}

export const SHALE = "shale serve";
export const DOCKER_REGISTRY = "docker-registry 2.8";

/** How much of what a server said at last is told when it ends by itself. */
const LOG_CHARACTERS = 2000;

/** Those that are here, by the names that their projects give them. */
export function serverKinds(): ServerKind[] {
  const kinds = [
    { name: DOCKER_REGISTRY, program: "docker-registry", start: startDockerRegistry },
    { name: "distribution 3", program: "registry", start: startDistribution },
    { name: "zot", program: "zot", start: startZot },
  ];
  const own: ServerKind = { name: SHALE, start: startShale };
  return [...kinds.filter(({ program }) => isInstalled(program)), own];
}

/** Debian's docker-registry: distribution 2.8. */
export async function startDockerRegistry(work: WorkDir): Promise<Server> {
  return await startGo(work, "docker-registry");
}

async function startDistribution(work: WorkDir): Promise<Server> {
  return await startGo(work, "registry");
}

async function startGo(work: WorkDir, program: string): Promise<Server> {
  const root = work.fresh("registry");
  const config = work.fresh("registry.yml");
  const domain = `127.0.0.1:${await freePort()}`;
  await writeFile(
    config,
    `version: 0.1\nlog: {accesslog: {disabled: true}, level: error}\nstorage: {filesystem: {rootdirectory: ${root}}}\nhttp: {addr: "${domain}"}\n`,
  );
  return await start(work, [program, "serve", config], { domain, root });
}

/** With what it does by itself: blobs are linked that are the same, and collected an hour after the start. */
async function startZot(work: WorkDir): Promise<Server> {
  const root = work.fresh("zot");
  const config = work.fresh("zot.json");
  const port = await freePort();
  const http = { address: "127.0.0.1", port: String(port) };
  const log = { level: "error" };
  await writeFile(config, JSON.stringify({ storage: { rootDirectory: root }, http, log }));
  return await start(work, ["zot", "serve", config], { domain: `127.0.0.1:${port}`, root });
}

/** On a store that is kept when it ends, if one is given. */
export async function startShale(work: WorkDir, ...[storePath]: string[]): Promise<Server> {
  const root = storePath ?? work.fresh("store");
  const domain = `127.0.0.1:${await freePort()}`;
  const command = shale(root, "serve", "--listen", domain);
  return await start(work, command, { domain, root: storePath === undefined ? root : undefined });
}

async function start(
  work: WorkDir,
  [program, ...args]: readonly string[],
  { domain, root }: { readonly domain: string; readonly root: string | undefined },
): Promise<Server> {
  const logPath = work.fresh("server.log");
  const log = await open(logPath, "w");
  const server = spawn(program!, args, { stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  const ended = once(server, "exit");
  await answers(server, { url: `http://${domain}/v2/`, logPath });
  return {
    domain,
    pid: server.pid!,
    async [Symbol.asyncDispose]() {
      const endedBefore = hasEnded(server);
      server.kill();
      await ended;
      if (root !== undefined) await work.discard(root);
      // What its client failed with is thrown already, and says less.
      if (endedBefore) process.stderr.write(`${(await endedBy(server, logPath)).message}\n`);
    },
  };
}

async function answers(
  server: ChildProcess,
  { url, logPath }: { readonly url: string; readonly logPath: string },
): Promise<void> {
  const isUp = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) {
    if (hasEnded(server)) throw await endedBy(server, logPath);
    await sleep(50);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function endedBy(
  { spawnargs, exitCode, signalCode }: ChildProcess,
  logPath: string,
): Promise<Error> {
  const said = (await readFile(logPath, "utf8")).trim().slice(-LOG_CHARACTERS);
  return new Error(`run ${spawnargs.join(" ")}: it ended by ${signalCode ?? exitCode}: ${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
