import { digestHex } from "@shale/content";
import {
  familiarForm,
  normalForm,
  parseReference,
  type Reference,
  withDefaultTag,
} from "@shale/image";
import {
  type PullEvent,
  type PulledImage,
  pullImage,
  type RemoteRepository,
  verifyPulled,
} from "@shale/remote";
import type { LayerStore } from "@shale/store";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { openRemote, type RemoteOptions } from "../open-remote.ts";
import { openStore } from "../open-store.ts";
import { type LayerLines, startLayerLines } from "../output/layer-lines.ts";
import { print, warn } from "../output/print.ts";
import { startProgress } from "../output/progress.ts";
import { parsePlatform } from "../platform.ts";

export interface PullCommandOptions extends RemoteOptions {
  readonly name: string;
  readonly allTags?: boolean | undefined;
  readonly allPlatforms?: boolean | undefined;
  readonly platform?: string | undefined;
  /** `false` leaves the layers as they came. */
  readonly settle: boolean;
}

interface Pulled extends PulledImage {
  readonly reference: Reference;
}

export async function pull(context: Context, options: PullCommandOptions): Promise<void> {
  const given = parseReference(options.name);
  const platform = parsePlatform(options.platform);
  const isNamed = given.tag !== undefined || given.digest !== undefined;
  if (options.allTags === true && isNamed) {
    throw new CliError(
      "USAGE",
      `pull ${options.name}: --all-tags takes a repository without a tag`,
    );
  }
  await using registry = openRemote(context, given, options);
  registry.approach();
  // What comes is durable before it is settled: whoever waits for the image need not wait for that.
  await using store = await openStore(context, { create: true, settle: "deferred" });
  const repository = registry.repository(given.path);
  const pulled: Pulled[] = [];
  for (const reference of await referencesOf(context, { given, repository, options })) {
    const { allPlatforms } = options;
    pulled.push(await pullOne(context, { store, repository, reference, platform, allPlatforms }));
  }
  if (options.settle) {
    await settle(context, store, pulled);
    for (const image of pulled) await verifyPulled(store, image, image.reference);
  }
  const results = pulled.map(jsonOf);
  const text = pulled.map((one) => textOf(context, one)).join("");
  await print(context, { json: options.allTags === true ? results : results[0], text });
}

async function referencesOf(
  { signal, io, quiet, json }: Context,
  is: { given: Reference; repository: RemoteRepository; options: PullCommandOptions },
): Promise<Reference[]> {
  const { given, repository, options } = is;
  if (options.allTags !== true) {
    const reference = withDefaultTag(given);
    const isDefault = reference !== given && !quiet && !json;
    if (isDefault) io.stderr.write("Using default tag: latest\n");
    return [reference];
  }
  const tags = await Array.fromAsync(repository.tags({ signal }));
  return tags.map((tag) => ({ ...given, tag }));
}

async function pullOne(
  context: Context,
  is: {
    store: LayerStore;
    repository: RemoteRepository;
    reference: Reference;
    platform: ReturnType<typeof parsePlatform>;
    allPlatforms: boolean | undefined;
  },
): Promise<Pulled> {
  const { store, repository, reference, platform, allPlatforms } = is;
  using lines = startLayerLines(context);
  lines.note(`${reference.tag ?? reference.digest}: Pulling from ${reference.path}`);
  const image = await pullImage(store, repository, reference, {
    platform,
    allPlatforms,
    signal: context.signal,
    onEvent: (event) => show(lines, event),
  });
  return { ...image, reference };
}

function show(lines: LayerLines, event: PullEvent): void {
  if (event.kind === "layers") {
    for (const { digest } of event.layers) lines.state(shortId(digest), "Pulling fs layer");
  } else if (event.kind === "progress") {
    const { doneBytes, layer } = event;
    lines.progress(shortId(layer.digest), {
      state: "Downloading",
      doneBytes,
      totalBytes: layer.size,
    });
  } else {
    const isHere = event.status === "exists";
    lines.state(shortId(event.layer.digest), isHere ? "Already exists" : "Pull complete");
  }
}

/** Shares what came with what is there. Interrupted, it is gone on with by `shale settle`. */
async function settle(
  context: Context,
  store: LayerStore,
  pulled: readonly Pulled[],
): Promise<void> {
  const layers = pulled
    .flatMap((image) => image.layers)
    .filter(({ status }) => status === "pulled");
  const totalBytes = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  using progress = startProgress(context, "settle");
  let doneBytes = 0;
  for (const { digest } of layers) {
    const before = await store.settle(digest, {
      signal: context.signal,
      onProgress: (advancedBytes) => {
        doneBytes += advancedBytes;
        progress.update(doneBytes, totalBytes);
      },
    });
    if (before?.state !== "staged" || before.reason === undefined) continue;
    warn(context, {
      code: "STAGED",
      message: `layer ${shortId(digest)} stays whole: ${before.reason}`,
    });
  }
  progress.finish();
}

function textOf({ quiet }: Context, { reference, digest, isUpToDate }: Pulled): string {
  const name = normalForm(reference);
  if (quiet) return `${name}\n`;
  const what = familiarForm(reference);
  const status = isUpToDate ? "Image is up to date for" : "Downloaded newer image for";
  return `Digest: ${digest}\nStatus: ${status} ${what}\n${name}\n`;
}

function jsonOf({
  reference,
  digest,
  imageId,
  layers,
  transferredBytes,
  isUpToDate,
}: Pulled): unknown {
  return {
    reference: familiarForm(reference),
    digest,
    imageId,
    layers: layers.map((layer) => ({
      digest: layer.digest,
      sizeBytes: layer.sizeBytes,
      status: layer.status,
      transferredBytes: layer.transferredBytes,
    })),
    transferredBytes,
    upToDate: isUpToDate,
  };
}

function shortId(digest: Parameters<typeof digestHex>[0]): string {
  return digestHex(digest).slice(0, 12);
}
