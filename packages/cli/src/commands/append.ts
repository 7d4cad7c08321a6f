import { appendLayers } from "@shale/builder";
import { digestHex } from "@shale/content";
import { familiarForm, parseReference, withDefaultTag } from "@shale/image";
import { buildTime } from "../build-time.ts";
import type { Context } from "../context.ts";
import { openStore } from "../open-store.ts";
import { print } from "../output/print.ts";
import { parsePlatform } from "../platform.ts";

export interface AppendCommandOptions {
  readonly ref: string;
  readonly layer: readonly string[];
  readonly tag?: string | undefined;
  readonly platform?: string | undefined;
}

export async function append(context: Context, options: AppendCommandOptions): Promise<void> {
  const { ref, layer: layers, tag } = options;
  const name = tag === undefined ? undefined : withDefaultTag(parseReference(tag));
  await using store = await openStore(context, { create: true });
  const image = await appendLayers(store, ref, {
    layers,
    name,
    platform: parsePlatform(options.platform),
    timeSeconds: buildTime(context.io.env),
    signal: context.signal,
  });
  const { imageId, digest } = image;
  const shown = name === undefined ? null : familiarForm(name);
  const tagged = shown === null ? "" : `Successfully tagged ${shown}\n`;
  await print(context, {
    json: { imageId, digest, name: shown, layers: image.layers },
    text: context.quiet
      ? `${imageId}\n`
      : `Successfully built ${digestHex(imageId).slice(0, 12)}\n${tagged}`,
  });
}
