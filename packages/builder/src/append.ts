import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { type Digest, digestAsDiffId, type Platform, type Store } from "@shale/content";
import {
  diffIdOf,
  giveName,
  hostPlatform,
  OCI_LAYER,
  putBytes,
  type Reference,
} from "@shale/image";
import { fromImage, scratch } from "./base.ts";
import { Context } from "./context/context.ts";
import { BuildError } from "./errors.ts";
import { copyFromContext } from "./layer/copy.ts";
import type { StageLayer } from "./stage.ts";
import { timeText, writeImage, writeLayer } from "./write-image.ts";

export interface AppendOptions {
  /** Directories, which are packed, or tars, which are taken as they are: plain, gzip or zstd. */
  readonly layers: readonly string[];
  readonly name?: Reference | undefined;
  readonly platform?: Platform | undefined;
  readonly timeSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

const ENDINGS = { tar: "", "tar+gzip": "+gzip", "tar+zstd": "+zstd" } as const;

/** A new image: an old one, or `scratch`, with layers on top. @throws BuildError, ImageError */
export async function appendLayers(
  store: Store,
  reference: string,
  options: AppendOptions,
): Promise<{
  readonly digest: Digest;
  readonly imageId: Digest;
  readonly layers: readonly Digest[];
}> {
  const { timeSeconds = 0, signal, platform = hostPlatform() } = options;
  await using lease = await store.lease();
  const isEmpty = reference === "scratch";
  const stage = isEmpty
    ? scratch(store, platform)
    : await fromImage(store, reference, { platform, signal });
  const writing = { lease, timeSeconds, signal };
  for (const path of options.layers) {
    const stats = await lstat(path).catch((cause: unknown) => {
      throw new BuildError("SOURCE_MISSING", `append ${JSON.stringify(path)}: it is not there`, {
        cause,
      });
    });
    if (!stats.isDirectory()) {
      stage.layers.push(await takeTar(store, path, writing));
    } else {
      const context = await Context.open(path, { ignoreFiles: [] });
      const request = {
        sources: ["."],
        destination: "",
        isDirectory: true,
        owner: { uid: 0, gid: 0 },
      };
      const what = { mode: undefined, unpacks: false, what: `append ${path}`, signal };
      const entries = await copyFromContext(stage.tree, context, { ...request, ...what });
      stage.layers.push((await writeLayer(store, entries, writing)).layer);
    }
    const created = timeText(timeSeconds);
    stage.history.push({ created, created_by: "shale append", comment: "shale" });
  }
  const written = await writeImage(store, stage, writing);
  if (options.name !== undefined) await giveName(store, options.name, written.digest);
  const added = stage.layers.slice(stage.layers.length - options.layers.length);
  return { ...written, layers: added.map(({ blob }) => blob.digest) };
}

async function takeTar(
  store: Store,
  path: string,
  { lease, signal }: Parameters<typeof writeLayer>[2],
): Promise<StageLayer> {
  const blob = await putBytes(store, createReadStream(path), { lease, ...(signal && { signal }) });
  const ending = ENDINGS[blob.encoding as keyof typeof ENDINGS];
  if (ending === undefined) {
    throw new BuildError(
      "SOURCE_MISSING",
      `append ${JSON.stringify(path)}: it is neither a directory nor a tar`,
    );
  }
  const diffId = blob.encoding === "tar" ? digestAsDiffId(blob.digest) : diffIdOf(blob);
  return { blob, diffId, mediaType: `${OCI_LAYER}${ending}` };
}
