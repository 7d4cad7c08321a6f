import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DiskUse, type Loaded, openClients, openShale, type Shale } from "./clients.ts";
import { buildWithBuildah, copyAs, makeContext } from "./images.ts";

/** Moments at which a load is killed, spread over the time that it takes. */
const KILLS = 8;

let directory: string;
/** Docker archives: their layers are plain tars, which are taken apart. */
let archives: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-processes-"));
  const clients = await openClients(directory);
  const layout = await buildWithBuildah(clients, await makeContext(directory));
  archives = await copyAs(clients, { layout, form: "docker-archive" });
});

afterAll(() => rm(directory, { recursive: true }));

/** Starts a command and kills it after a while; whether it still ran. */
async function killAfter([program, ...args]: readonly string[], afterMs: number): Promise<boolean> {
  const child = spawn(program!, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  await sleep(afterMs);
  child.kill("SIGKILL");
  const [, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  return signal === "SIGKILL";
}

function allOf({ images }: Loaded) {
  return images.map(({ digest, imageId, layers }) => ({
    digest,
    imageId,
    layers: layers.map((layer) => layer.digest),
  }));
}

test("a load that is killed at any moment leaves a sound store, and is completed by the next", async () => {
  const fresh = openShale(join(directory, "fresh"));
  const startMs = performance.now();
  const expected = await fresh.json<Loaded>("load", archives[0]!);
  const takesMs = performance.now() - startMs;

  const shale = openShale(join(directory, "killed"));
  let killed = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const command = shale.command("load", archives[0]!);
    if (await killAfter(command, (takesMs * kill) / (KILLS + 1))) killed += 1;
    // A store comes into being as a whole; before that there is nothing to look at.
    if (existsSync(shale.storePath)) await shale.run("verify");
  }
  expect(killed).toBeGreaterThan(0);

  expect(allOf(await shale.json<Loaded>("load", archives[0]!))).toEqual(allOf(expected));
  await shale.run("gc");
  await shale.run("verify");
  await expectSameContent(shale, fresh);
});

test("two processes load images with common layers at once, and keep these once", async () => {
  const shale = openShale(join(directory, "together"));
  const loads = await Promise.all(archives.map((path) => shale.json<Loaded>("load", path)));
  expect(loads.flatMap(({ images }) => images.map(({ layers }) => layers.length))).toEqual([3, 3]);

  const oneByOne = openShale(join(directory, "one-by-one"));
  for (const path of archives) await oneByOne.run("load", path);
  await shale.run("verify");
  await expectSameContent(shale, oneByOne);
  const { layers } = await shale.json<DiskUse>("df");
  expect(layers).toEqual({ referenced: 6, unique: 4 });
});

test("what no image needs any more is collected while another process loads", async () => {
  const shale = openShale(join(directory, "collected"));
  const { images } = await shale.json<Loaded>("load", archives[0]!);
  await shale.run("rmi", images[0]!.reference!);
  const [loaded] = await Promise.all([shale.json<Loaded>("load", archives[1]!), shale.run("gc")]);
  await shale.run("gc");
  await shale.run("verify");
  const alone = openShale(join(directory, "alone"));
  expect(allOf(await alone.json<Loaded>("load", archives[1]!))).toEqual(allOf(loaded));
  await expectSameContent(shale, alone);
});

/** Both hold the same images, and as much distinct content. */
async function expectSameContent(shale: Shale, other: Shale): Promise<void> {
  const [one, two] = [await shale.json<DiskUse>("df"), await other.json<DiskUse>("df")];
  expect({ images: one.images, layers: one.layers }).toEqual({
    images: two.images,
    layers: two.layers,
  });
  for (const what of ["logical", "uniqueBlobs", "uniqueContent"]) {
    expect(one.bytes[what], what).toBe(two.bytes[what]);
  }
  expect(one.bytes.logical).toBeGreaterThan(0);
}
