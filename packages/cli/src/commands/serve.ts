import type { Context } from "../context.ts";
import { openRemote, type RemoteOptions } from "../open-remote.ts";
import { openStore } from "../open-store.ts";
import { print } from "../output/print.ts";
import { openLog } from "../serve/log.ts";
import { runServer } from "../serve/server.ts";
import { readSettings, type ServeOptions } from "../serve/settings.ts";
import { expectSockets } from "../young-garbage.ts";

/** Serves the store as a registry until it is told to stop. */
export async function serve(context: Context, options: ServeOptions): Promise<void> {
  const settings = await readSettings(options);
  expectSockets();
  await using store = await openStore(context, {
    create: true,
    settle: "deferred",
    serves: true,
  });
  const log = openLog(context);
  const connect = (domain: string, remote: RemoteOptions) =>
    openRemote(context, { domain }, remote);
  const server = { store, settings, log, connect, signal: context.signal };
  await runServer(server, async (place) => {
    const { url, domain } = place;
    await print(context, { json: place, text: `Listening on ${url}; images are ${domain}/NAME\n` });
  });
}
