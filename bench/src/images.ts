import { createHash } from "node:crypto";
import { type Digest, parseDigest } from "@shale/content";
import type { LayerStore } from "@shale/store";
import { run as runCommand, shale } from "./command.ts";
import { type BenchOptions, type BenchRow, type Goal, roundsOf } from "./row.ts";
import { withStore } from "./shale-store.ts";
import { inTurns, rowsOf, seconds } from "./turns.ts";
import { makeWorkDir } from "./work-dir.ts";

const IMAGES = { smoke: 50, full: 10_000 };
const AT_ONCE = 100;
const LIST = "shale images";
const NOTHING = "shale version";
const GOAL: Goal = { of: "value", is: "at most", limit: 0.4 };

/** How long a list of many images takes, each with a tag and documents of its own. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  await using work = await makeWorkDir(options);
  const count = IMAGES[options.smoke ? "smoke" : "full"];
  const path = work.fresh("store");
  await withStore(path, (store) => fill(store, count));
  // Once unmeasured: what is known of images is kept then.
  await runCommand(shale(path, "images"));
  const contenders = [
    { name: NOTHING, run: () => seconds(() => runCommand(shale(path, "version"))) },
    { name: LIST, run: () => seconds(() => runCommand(shale(path, "images"))) },
  ];
  const samples = await inTurns(contenders, roundsOf(options));
  const group = `a list of ${count} images`;
  return rowsOf({ group, unit: "s", samples, baseline: NOTHING, goals: { [LIST]: GOAL } });
}

async function fill(store: LayerStore, count: number): Promise<void> {
  const layer = await put(store, "a layer", []);
  for (let first = 0; first < count; first += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, at) => first + at);
    await Promise.all(numbers.map((number) => putImage(store, { layer, number })));
  }
}

async function putImage(store: LayerStore, is: { layer: Digest; number: number }): Promise<void> {
  const { layer, number } = is;
  const type = "application/vnd.oci.image";
  const rootfs = { type: "layers", diff_ids: [layer] };
  const created = "2026-01-01T00:00:00Z";
  const configText = JSON.stringify({
    created,
    os: "linux",
    architecture: "amd64",
    number,
    rootfs,
  });
  const config = await put(store, configText, []);
  const mediaType = `${type}.manifest.v1+json`;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: `${type}.config.v1+json`, digest: config, size: configText.length },
    layers: [{ mediaType: `${type}.layer.v1.tar`, digest: layer, size: 7 }],
  };
  const digest = await put(store, JSON.stringify(manifest), [config, layer]);
  await store.tag(`docker.io/team/app${number}:latest`, digest);
}

async function put(store: LayerStore, text: string, links: readonly Digest[]): Promise<Digest> {
  await using writer = await store.ingest();
  await writer.write(Buffer.from(text));
  const digest = parseDigest(`sha256:${createHash("sha256").update(text).digest("hex")}`);
  return (await writer.commit({ digest, links })).digest;
}
