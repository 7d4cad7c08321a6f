import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { succeed } from "../../packaging/commands.ts";

/** A docker-registry on loopback. */
export interface DockerRegistry extends AsyncDisposable {
  /** `127.0.0.1:41234` */
  readonly domain: string;
}

export interface DockerRegistryOptions {
  /** Who may come in. */
  readonly htpasswd?: { readonly username: string; readonly password: string };
  /** The authority that gives tokens, and its certificate. */
  readonly token?: { readonly realm: string; readonly certificatePath: string };
  readonly tls?: { readonly certificatePath: string; readonly keyPath: string };
  /** For a registry that goes on where another one ended. */
  readonly port?: number;
}

const ASK_MS = 50;
const ASK_TIMES = 200;
export const TOKEN_SERVICE = "a registry";
export const TOKEN_ISSUER = "an authority";

export async function startRegistry(
  directory: string,
  options: DockerRegistryOptions = {},
): Promise<DockerRegistry> {
  await mkdir(directory, { recursive: true });
  const port = options.port ?? (await freePort());
  const domain = `127.0.0.1:${port}`;
  const config = join(directory, "config.yml");
  await writeFile(config, await configText(directory, domain, options));
  const log = await open(join(directory, "registry.log"), "w");
  const server = spawn("docker-registry", ["serve", config], { stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  const ended = once(server, "exit");
  const scheme = options.tls === undefined ? "http" : "https";
  for (let asked = 0; !(await answers(`${scheme}://${domain}/v2/`)); asked++) {
    if (server.exitCode === null && asked < ASK_TIMES) {
      await sleep(ASK_MS);
      continue;
    }
    server.kill();
    throw new Error(`start registry:\n${await readFile(join(directory, "registry.log"), "utf8")}`);
  }
  return {
    domain,
    async [Symbol.asyncDispose]() {
      server.kill();
      await ended;
    },
  };
}

async function configText(
  directory: string,
  addr: string,
  { htpasswd, token, tls }: DockerRegistryOptions,
): Promise<string> {
  const lines = [
    "version: 0.1",
    "log: {accesslog: {disabled: true}}",
    `storage: {filesystem: {rootdirectory: ${join(directory, "data")}}, delete: {enabled: true}}`,
    "http:",
    `  addr: ${addr}`,
  ];
  if (tls) lines.push(`  tls: {certificate: ${tls.certificatePath}, key: ${tls.keyPath}}`);
  if (htpasswd) {
    const path = join(directory, "htpasswd");
    const { username, password } = htpasswd;
    await writeFile(path, (await succeed(["htpasswd", "-Bbn", username, password])).stdout);
    lines.push(`auth: {htpasswd: {realm: here, path: ${path}}}`);
  }
  if (token) {
    const { realm, certificatePath } = token;
    const names = `service: "${TOKEN_SERVICE}", issuer: "${TOKEN_ISSUER}"`;
    lines.push(`auth: {token: {realm: "${realm}", ${names}, rootcertbundle: ${certificatePath}}}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Any answer will do: one with a certificate of its own fails after it answered. */
async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch (error) {
    const { code = "" } = ((error as Error).cause ?? {}) as { code?: string };
    return /CERT|SIGNED|VERIFY/.test(code);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
