import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Shale } from "../clients.ts";

/** `shale serve` on a store, as a process of its own. */
export interface Server extends AsyncDisposable {
  /** `127.0.0.1:41234` */
  readonly address: string;
  /** How images of it are named. */
  readonly domain: string;
  /** Ends it; what it wrote to stderr. */
  end(signal: NodeJS.Signals): Promise<string>;
}

export async function startServer(shale: Shale, ...args: string[]): Promise<Server> {
  const listen = ["--json", "serve", "--listen", "127.0.0.1:0"];
  const [program, ...rest] = shale.command(...listen, ...args);
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const ended = once(child, "close");
  const [line] = await Promise.race([once(createInterface(child.stdout), "line"), ended]);
  if (typeof line !== "string") throw new Error(`start shale serve:\n${log}`);
  const { address, domain } = JSON.parse(line) as Pick<Server, "address" | "domain">;
  const end: Server["end"] = async (signal) => {
    child.kill(signal);
    await ended;
    return log;
  };
  return {
    address,
    domain,
    end,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end("SIGKILL");
    },
  };
}
