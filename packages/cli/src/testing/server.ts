import { once } from "node:events";
import { createInterface } from "node:readline";
import { startShale } from "./shale.ts";

/** `shale serve` as a process of its own. */
export interface ServeProcess extends AsyncDisposable {
  /** What it printed with `--json`. */
  readonly said: {
    readonly address: string;
    readonly url: string;
    readonly domain: string;
    readonly metrics: string | null;
  };
  /** Lines of its log so far. */
  readonly log: Record<string, unknown>[];
  /** Sends a signal, and gives the exit status. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export async function startServer(
  storePath: string,
  args: readonly string[] = [],
): Promise<ServeProcess> {
  const all = ["serve", "--listen", "127.0.0.1:0", "--json", ...args];
  const child = startShale(all, { env: { SHALE_STORE: storePath } });
  const ended = once(child, "close");
  const log: Record<string, unknown>[] = [];
  createInterface(child.stderr).on("line", (line) => log.push(JSON.parse(line)));
  const [line] = await Promise.race([once(createInterface(child.stdout), "line"), ended]);
  if (typeof line !== "string") throw new Error(`serve ended: ${JSON.stringify(log)}`);
  const end: ServeProcess["end"] = async (signal) => {
    child.kill(signal);
    return (await ended)[0];
  };
  return {
    said: JSON.parse(line),
    log,
    end,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end("SIGKILL");
    },
  };
}
