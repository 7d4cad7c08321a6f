import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { finish, succeed } from "../../packaging/commands.ts";

/** A containerd of its own. */
export interface Containerd extends AsyncDisposable {
  ctr(...args: string[]): Promise<string>;
}

const ASK_MS = 100;
const ASK_TIMES = 300;

export async function startContainerd(directory: string): Promise<Containerd> {
  await mkdir(directory, { recursive: true });
  const [config, address] = [join(directory, "config.toml"), join(directory, "containerd.sock")];
  await writeFile(
    config,
    [
      "version = 2",
      `root = "${join(directory, "root")}"`,
      `state = "${join(directory, "state")}"`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      `[grpc]\naddress = "${address}"`,
    ].join("\n"),
  );
  const logPath = join(directory, "containerd.log");
  const log = await open(logPath, "w");
  const daemon = spawn("containerd", ["--config", config], { stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  const ended = once(daemon, "exit");
  const ctr = ["ctr", "--address", address];
  for (let asked = 0; (await finish([...ctr, "version"])).status !== 0; asked++) {
    if (daemon.exitCode === null && asked < ASK_TIMES) {
      await sleep(ASK_MS);
      continue;
    }
    daemon.kill();
    throw new Error(`start containerd:\n${await readFile(logPath, "utf8")}`);
  }
  return {
    ctr: async (...args) => (await succeed([...ctr, ...args])).stdout,
    async [Symbol.asyncDispose]() {
      daemon.kill();
      await ended;
    },
  };
}
