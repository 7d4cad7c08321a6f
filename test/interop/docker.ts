import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { finish, succeed } from "../packaging/commands.ts";

/** A docker daemon of its own; nothing of the machine's docker is touched. */
export interface Docker extends AsyncDisposable {
  run(...args: string[]): Promise<string>;
}

/** How often, and how many times, the daemon is asked whether it is up. */
const ASK_MS = 250;
const ASK_TIMES = 240;

/** Starts a daemon without networks, which needs no more rights than a builder has. */
export async function startDocker(directory: string, ...flags: string[]): Promise<Docker> {
  await mkdir(directory, { recursive: true });
  const host = `unix://${join(directory, "docker.sock")}`;
  // Where a login is known, the client looks for no program that keeps passwords.
  const nobody = { auths: { "nobody.example": { auth: "bm9ib2R5Om5vYm9keQ==" } } };
  await writeFile(join(directory, "config.json"), JSON.stringify(nobody));
  const log = await open(join(directory, "dockerd.log"), "w");
  const daemon = spawn(
    "dockerd",
    [
      ...["--host", host, "--iptables=false", "--bridge=none", "--storage-driver=vfs"],
      ...["--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")],
      ...["--pidfile", join(directory, "docker.pid"), ...flags],
    ],
    { stdio: ["ignore", log.fd, log.fd] },
  );
  await log.close();
  const ended = once(daemon, "exit");
  // The classic builder needs neither a plugin nor a second daemon.
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: directory, DOCKER_BUILDKIT: "0" };
  for (let asked = 0; ; asked++) {
    const { status } = await finish(["docker", "version"], { env });
    if (status === 0) break;
    if (daemon.exitCode === null && asked < ASK_TIMES) {
      await sleep(ASK_MS);
      continue;
    }
    daemon.kill();
    throw new Error(`start dockerd:\n${await readFile(join(directory, "dockerd.log"), "utf8")}`);
  }
  return {
    run: async (...args) => (await succeed(["docker", ...args], { env })).stdout,
    async [Symbol.asyncDispose]() {
      daemon.kill();
      await ended;
    },
  };
}
