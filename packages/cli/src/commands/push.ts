import { type Digest, digestHex } from "@shale/content";
import {
  familiarForm,
  listImages,
  normalForm,
  parseReference,
  platformText,
  type Reference,
  repositoryName,
  resolveImage,
  withDefaultTag,
} from "@shale/image";
import { type PushEvent, type PushedHow, type PushedImage, pushImage } from "@shale/remote";
import type { LayerStore } from "@shale/store";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { openRemote, type RemoteOptions } from "../open-remote.ts";
import { openStore } from "../open-store.ts";
import { type LayerLines, startLayerLines } from "../output/layer-lines.ts";
import { print, warn } from "../output/print.ts";
import { parsePlatform } from "../platform.ts";

export interface PushCommandOptions extends RemoteOptions {
  readonly name: string;
  readonly allTags?: boolean | undefined;
  readonly platform?: string | undefined;
  readonly compression: "gzip" | "none";
}

interface Pushed extends PushedImage {
  readonly reference: Reference;
  /** Of the image as it is here; what was pushed is another form of it when layers were compressed. */
  readonly own: Digest;
}

export async function push(context: Context, options: PushCommandOptions): Promise<void> {
  const given = parseReference(options.name);
  if (given.digest !== undefined) {
    throw new CliError("USAGE", `push ${options.name}: name it by a tag, not by a digest`);
  }
  const platform = parsePlatform(options.platform);
  await using registry = openRemote(context, given, options);
  registry.approach();
  // Layers that are compressed for the push are sent as they are made, and settled when all is there.
  await using store = await openStore(context, { settle: "deferred" });
  const repository = registry.repository(given.path);
  const pushed: Pushed[] = [];
  using lines = startLayerLines(context);
  lines.note(`The push refers to repository [${repositoryName(given)}]`);
  for (const reference of await referencesOf(store, given, options)) {
    const digest = await digestOf(store, reference);
    const image = await pushImage(store, repository, digest, {
      tag: reference.tag,
      platform,
      compression: options.compression,
      signal: context.signal,
      onEvent: (event) => show(context, lines, event),
    });
    pushed.push({ ...image, reference, own: digest });
  }
  lines.finish();
  await settle(context, store, pushed);
  const results = pushed.map(jsonOf);
  const text = context.quiet
    ? pushed.map(({ reference }) => `${familiarForm(reference)}\n`).join("")
    : pushed.map(lineOf).join("");
  await print(context, { json: options.allTags === true ? results : results[0], text });
}

/** By its very name, which is one look among any number of them; else as people may have written it. */
async function digestOf(store: LayerStore, reference: Reference): Promise<Digest> {
  const tag = await store.resolve(normalForm(reference));
  return tag?.digest ?? (await resolveImage(store, familiarForm(reference))).digest;
}

async function referencesOf(
  store: LayerStore,
  given: Reference,
  { allTags, name }: PushCommandOptions,
): Promise<Reference[]> {
  if (allTags !== true) return [withDefaultTag(given)];
  if (given.tag !== undefined) {
    throw new CliError("USAGE", `push ${name}: --all-tags takes a repository without a tag`);
  }
  const images = await listImages(store, { filter: name });
  const found = images.flatMap(({ reference, tag }) =>
    reference === undefined || tag === undefined ? [] : [parseReference(reference)],
  );
  if (found.length > 0) return found;
  throw new CliError("USAGE", `push ${name}: no tag of that repository is here`);
}

function show(context: Context, lines: LayerLines, event: PushEvent): void {
  if (event.kind === "compressing") {
    const { layer, doneBytes } = event;
    lines.progress(shortId(layer.digest), {
      state: "Compressing",
      doneBytes,
      totalBytes: layer.sizeBytes,
    });
  } else if (event.kind === "layers") {
    for (const { digest } of event.layers) lines.state(shortId(digest), "Preparing");
    if (event.onlyPlatform !== undefined) warnOfPart(context, platformText(event.onlyPlatform));
  } else if (event.kind === "progress") {
    const { layer, doneBytes } = event;
    lines.progress(shortId(layer.digest), { state: "Pushing", doneBytes, totalBytes: layer.size });
  } else {
    lines.state(shortId(event.layer.digest), wordsFor(event.how));
  }
}

function warnOfPart(context: Context, platform: string): void {
  const message = `not everything of the image is here: its manifest for ${platform} is pushed, not its index`;
  warn(context, { code: "PART_PUSHED", message });
}

function wordsFor(how: PushedHow): string {
  if (how.status === "mounted") return `Mounted from ${how.from}`;
  return how.status === "exists" ? "Layer already exists" : "Pushed";
}

/** What was compressed for the push is kept as a recipe. */
async function settle(
  { signal }: Context,
  store: LayerStore,
  pushed: readonly Pushed[],
): Promise<void> {
  const compressed = pushed.filter(({ digest, own }) => digest !== own);
  const digests = new Set<Digest>(
    compressed.flatMap(({ layers }) => layers.map(({ digest }) => digest)),
  );
  for (const digest of digests) {
    const info = await store.stat(digest);
    const isWaiting = info?.state === "staged" && info.reason === undefined;
    if (isWaiting) await store.settle(digest, { signal });
  }
}

function lineOf({ reference, digest, sizeBytes }: Pushed): string {
  return `${reference.tag}: digest: ${digest} size: ${sizeBytes}\n`;
}

function jsonOf({ reference, digest, sizeBytes, layers, transferredBytes }: Pushed): unknown {
  return {
    reference: familiarForm(reference),
    digest,
    sizeBytes,
    layers: layers.map((layer) => ({
      digest: layer.digest,
      sizeBytes: layer.sizeBytes,
      status: layer.status,
      from: layer.status === "mounted" ? layer.from : null,
      transferredBytes: layer.transferredBytes,
    })),
    transferredBytes,
  };
}

function shortId(digest: Parameters<typeof digestHex>[0]): string {
  return digestHex(digest).slice(0, 12);
}
