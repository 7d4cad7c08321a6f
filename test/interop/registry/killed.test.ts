import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clients, openClients, openShale } from "../clients.ts";
import { buildWithBuildah, makeContext } from "../images.ts";
import { startServer } from "./server.ts";

let directory: string;
let clients: Clients;
let layout: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-killed-"));
  clients = await openClients(directory);
  layout = await buildWithBuildah(clients, await makeContext(directory));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** Servers that are killed, one after the other, over one store. */
const KILLS = 5;
const CLIENTS = 4;

test("a server that is killed while many push has everything that it acknowledged", async () => {
  const shale = openShale(join(directory, "store"));
  const acknowledged: string[] = [];
  for (let kill = 1; kill <= KILLS; kill++) {
    await using server = await startServer(shale, "--domain", "registry.example");
    const pushes = Array.from({ length: CLIENTS }, async (_, client) => {
      for (let at = 0; ; at++) {
        const name = `load/site${client}:${kill}-${at}`;
        const flags = ["--dest-tls-verify=false", "--retry-times=0"];
        const target = `docker://${server.address}/${name}`;
        await clients.skopeo("copy", ...flags, `oci:${layout}:${at % 2 === 0 ? "a" : "b"}`, target);
        acknowledged.push(name);
      }
    });
    const failed = Promise.allSettled(pushes);
    const before = acknowledged.length;
    // Somewhere among the pushes that follow the first ones.
    while (acknowledged.length < before + CLIENTS) await sleep(20);
    await sleep(150 * kill);
    await server.end("SIGKILL");
    await failed;
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS * CLIENTS);
  await using server = await startServer(shale, "--domain", "registry.example");
  for (const [at, name] of acknowledged.entries()) {
    const source = `docker://${server.address}/${name}`;
    const inspect = ["inspect", "--raw", "--tls-verify=false", source];
    expect(await clients.skopeo(...inspect)).toContain("schemaVersion");
    // All of them share their blobs: a few copies read each of them.
    if (at % 10 > 0) continue;
    const back = join(directory, "back");
    await clients.skopeo("copy", "--src-tls-verify=false", source, `dir:${back}`);
    await rm(back, { recursive: true });
  }
  await server.end("SIGTERM");
  await shale.run("verify");
});
