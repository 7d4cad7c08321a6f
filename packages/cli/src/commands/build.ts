import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type BuiltImage, type BuiltStep, buildImage } from "@shale/builder";
import { digestHex, type Platform } from "@shale/content";
import {
  familiarForm,
  parseReference,
  platformText,
  type Reference,
  withDefaultTag,
} from "@shale/image";
import { pullImage } from "@shale/remote";
import type { LayerStore } from "@shale/store";
import { buildTime } from "../build-time.ts";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { openRemote, type RemoteOptions } from "../open-remote.ts";
import { openStore } from "../open-store.ts";
import { humanBytes } from "../output/bytes.ts";
import { print } from "../output/print.ts";
import { parsePlatform } from "../platform.ts";
import { readStdinText } from "../prompt.ts";

export interface BuildCommandOptions extends RemoteOptions {
  readonly path: string;
  readonly file?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly buildArg?: readonly string[] | undefined;
  readonly label?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly platform?: string | undefined;
  readonly pull?: true | undefined;
  readonly iidfile?: string | undefined;
}

const DOCKERFILE = "Dockerfile";
const IGNORE = ".dockerignore";

export async function build(context: Context, options: BuildCommandOptions): Promise<void> {
  const { signal, io, quiet } = context;
  const names = (options.tag ?? []).map(nameOf);
  const buildArgs = new Map((options.buildArg ?? []).flatMap((text) => argOf(text, io.env)));
  const dockerfile = await readDockerfile(context, options);
  await using store = await openStore(context, { create: true });
  const image = await buildImage(store, {
    dockerfile,
    context: options.path,
    ignoreFiles: ignoreFilesOf(options),
    names,
    buildArgs,
    labels: new Map((options.label ?? []).map((text) => pairOf("--label", text))),
    target: options.target,
    platform: parsePlatform(options.platform),
    timeSeconds: buildTime(io.env, buildArgs.get("SOURCE_DATE_EPOCH")),
    alwaysPulls: options.pull,
    pull: (reference, platform) => pullBase(context, { store, reference, platform, options }),
    signal,
    onStep: (step, { at, of }) => {
      if (!quiet) io.stderr.write(`[${at}/${of}] ${step.instruction}\n${outcome(step)}`);
    },
  });
  if (options.iidfile !== undefined) await writeFile(options.iidfile, image.imageId);
  await print(context, { json: jsonOf(image, names), text: textOf(context, image, names) });
}

function nameOf(text: string): Reference {
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest === undefined) return reference;
  throw new CliError("USAGE", `tag ${text}: a digest cannot be given, it is what it is`);
}

/** `NAME=VALUE`, or the name of a variable of the environment. */
function argOf(text: string, env: NodeJS.ProcessEnv): [string, string][] {
  if (text.includes("=")) return [pairOf("--build-arg", text)];
  const value = env[text];
  return value === undefined ? [] : [[text, value]];
}

function pairOf(option: string, text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new CliError("USAGE", `read ${option} ${JSON.stringify(text)}: expected NAME=VALUE`);
}

async function readDockerfile(
  context: Context,
  { path, file }: BuildCommandOptions,
): Promise<{ text: string; file: string }> {
  if (file === "-") return { text: await readStdinText(context), file: "stdin" };
  const found = file ?? join(path, DOCKERFILE);
  return { text: await readFile(found, "utf8"), file: basename(found) };
}

/** A Dockerfile may have a list of its own. */
function ignoreFilesOf({ file }: BuildCommandOptions): string[] {
  const own = file === undefined || file === "-" ? DOCKERFILE : basename(file);
  return [`${own}${IGNORE}`, IGNORE];
}

async function pullBase(
  context: Context,
  is: { store: LayerStore; reference: string; platform: Platform; options: RemoteOptions },
): Promise<void> {
  const reference = withDefaultTag(parseReference(is.reference));
  if (!context.quiet) {
    context.io.stderr.write(`pull ${familiarForm(reference)} for ${platformText(is.platform)}\n`);
  }
  await using registry = openRemote(context, reference, is.options);
  const repository = registry.repository(reference.path);
  await pullImage(is.store, repository, reference, {
    platform: is.platform,
    signal: context.signal,
  });
}

function outcome({ isCached, layer, sizeBytes, newBytes }: BuiltStep): string {
  if (layer === undefined) return "";
  const id = digestHex(layer).slice(0, 12);
  return isCached
    ? ` ---> CACHED ${id}\n`
    : ` ---> ${id}: ${humanBytes(sizeBytes)}, ${humanBytes(newBytes)} new\n`;
}

function textOf({ quiet }: Context, { imageId }: BuiltImage, names: readonly Reference[]): string {
  if (quiet) return `${imageId}\n`;
  const tagged = names.map((name) => `Successfully tagged ${familiarForm(name)}\n`).join("");
  return `Successfully built ${digestHex(imageId).slice(0, 12)}\n${tagged}`;
}

function jsonOf({ digest, imageId, steps }: BuiltImage, names: readonly Reference[]): unknown {
  return {
    imageId,
    digest,
    names: names.map(familiarForm),
    steps: steps.map(({ instruction, isCached, layer, sizeBytes, newBytes }) => ({
      instruction,
      cached: isCached,
      layerDigest: layer ?? null,
      sizeBytes,
      newBytes,
    })),
  };
}
