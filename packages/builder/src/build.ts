import type { Digest, Lease, Platform, Store } from "@shale/content";
import { giveName, hostPlatform, keepNameless, type Reference } from "@shale/image";
import { type BaseOptions, fromImage, fromStage, scratch } from "./base.ts";
import { Context } from "./context/context.ts";
import { entriesOfCopy } from "./copy-instruction.ts";
import {
  type Dockerfile,
  type Instruction,
  invalid,
  parseDockerfile,
  type Stage,
} from "./dockerfile/dockerfile.ts";
import { splitPairs } from "./dockerfile/words.ts";
import { at, BuildError } from "./errors.ts";
import {
  CONFIG_INSTRUCTIONS,
  type Placed,
  reading,
  variablesOf,
  wordOf,
  workdirOf,
} from "./instructions.ts";
import { directoryEntries } from "./layer/copy.ts";
import type { LayerEntry } from "./layer/entry.ts";
import type { StageState } from "./stage.ts";
import type { ImageTree } from "./tree/image-tree.ts";
import { timeText, type WrittenLayer, writeImage, writeLayer } from "./write-image.ts";

export interface BuildOptions extends Pick<BaseOptions, "pull" | "alwaysPulls" | "signal"> {
  readonly dockerfile: { readonly text: string; readonly file: string };
  /** The directory that COPY and ADD are from. */
  readonly context: string;
  /** Files with patterns of what is left out of it, tried in turn. */
  readonly ignoreFiles?: readonly string[];
  readonly names?: readonly Reference[];
  readonly buildArgs?: ReadonlyMap<string, string>;
  readonly labels?: ReadonlyMap<string, string>;
  /** The stage that is wanted; the last one when none is given. */
  readonly target?: string | undefined;
  readonly platform?: Platform | undefined;
  /** Of everything that is made: seconds since 1970, 0 by default, so that the same context is the same image. */
  readonly timeSeconds?: number;
  readonly onStep?: (
    step: BuiltStep,
    progress: { readonly at: number; readonly of: number },
  ) => void;
}

export interface BuiltStep {
  readonly instruction: string;
  /** The store had the layer. */
  readonly isCached: boolean;
  /** `undefined` for a step that makes no layer. */
  readonly layer: Digest | undefined;
  readonly sizeBytes: number;
  readonly newBytes: number;
}

export interface BuiltImage {
  readonly digest: Digest;
  readonly imageId: Digest;
  readonly steps: readonly BuiltStep[];
}

const COMMENT = "shale";

/**
 * Builds an image from a Dockerfile, without running anything. The same context, base and time give the same image.
 * @throws BuildError, ImageError
 */
export async function buildImage(store: Store, options: BuildOptions): Promise<BuiltImage> {
  await using lease = await store.lease();
  return await new Builder(store, lease, options).run();
}

class Builder {
  readonly #store: Store;
  readonly #lease: Lease;
  readonly #options: BuildOptions;
  readonly #dockerfile: Dockerfile;
  readonly #platform: Platform;
  readonly #globals = new Map<string, string | undefined>();
  readonly #states = new Map<number, Promise<StageState>>();
  readonly #images = new Map<string, Promise<ImageTree>>();
  readonly #steps: BuiltStep[] = [];
  #context: Promise<Context> | undefined;
  #stepsInAll = 0;

  constructor(store: Store, lease: Lease, options: BuildOptions) {
    this.#store = store;
    this.#lease = lease;
    this.#options = options;
    this.#platform = options.platform ?? hostPlatform();
    this.#dockerfile = parseDockerfile(options.dockerfile.text, options.dockerfile.file);
  }

  async run(): Promise<BuiltImage> {
    const { names = [], labels } = this.#options;
    for (const instruction of this.#dockerfile.globals) this.#declare(instruction, this.#globals);
    const target = this.#target();
    this.#stepsInAll = this.#countSteps(target);
    const stage = await this.#state(target);
    if (labels !== undefined && labels.size > 0) {
      stage.run.Labels = { ...stage.run.Labels, ...Object.fromEntries(labels) };
    }
    const written = await writeImage(this.#store, stage, this.#writing());
    for (const name of names) await giveName(this.#store, name, written.digest);
    if (names.length === 0) await keepNameless(this.#store, written.digest);
    return { ...written, steps: this.#steps };
  }

  #target(): number {
    const { target } = this.#options;
    const { stages, file } = this.#dockerfile;
    if (target === undefined) return stages.length - 1;
    const index = this.#indexOf(target, stages.length);
    if (index !== undefined) return index;
    throw invalid(file, 1, `there is no stage ${JSON.stringify(target)}`);
  }

  /** By its name or its number; only stages in front of `before`. */
  #indexOf(name: string, before: number): number | undefined {
    const { stages } = this.#dockerfile;
    const named = stages.findLastIndex(
      (stage, index) => index < before && stage.name === name.toLowerCase(),
    );
    if (named >= 0) return named;
    return /^\d+$/.test(name) && Number(name) < before ? Number(name) : undefined;
  }

  /** Of the target and of all that it is made of. */
  #countSteps(target: number, seen: Set<number> = new Set()): number {
    if (seen.has(target)) return 0;
    seen.add(target);
    const stage = this.#dockerfile.stages[target]!;
    const froms = stage.instructions.flatMap(({ flags }) => flags.get("from") ?? []);
    const others = [stage.base, ...froms].flatMap((name) => this.#indexOf(name, target) ?? []);
    const below = others.reduce((sum, index) => sum + this.#countSteps(index, seen), 0);
    return below + 1 + stage.instructions.length;
  }

  #state(index: number): Promise<StageState> {
    const state = this.#states.get(index) ?? this.#build(this.#dockerfile.stages[index]!, index);
    this.#states.set(index, state);
    return state;
  }

  async #build(stage: Stage, index: number): Promise<StageState> {
    const base = this.#expandGlobal(stage, stage.base);
    const platform =
      stage.platform === undefined
        ? this.#platform
        : readPlatform(this.#expandGlobal(stage, stage.platform));
    const state = await this.#begin(base, { index, platform });
    this.#step({
      instruction: stage.text,
      isCached: false,
      layer: undefined,
      sizeBytes: 0,
      newBytes: 0,
    });
    const triggers = state.run.OnBuild ?? [];
    delete state.run.OnBuild;
    for (const trigger of triggers) await this.#run(state, this.#trigger(trigger, stage), index);
    for (const instruction of stage.instructions) await this.#run(state, instruction, index);
    return state;
  }

  async #begin(base: string, is: { index: number; platform: Platform }): Promise<StageState> {
    if (base === "scratch") return scratch(this.#store, is.platform);
    const earlier = this.#indexOf(base, is.index);
    if (earlier !== undefined && !/^\d+$/.test(base)) return fromStage(await this.#state(earlier));
    return await fromImage(this.#store, base, { ...this.#options, platform: is.platform });
  }

  /** What an image asks to be done when it is built on. */
  #trigger(text: string, { line }: Stage): Instruction {
    const { stages } = parseDockerfile(`FROM scratch\n${text}\n`, this.#dockerfile.file);
    return { ...stages[0]!.instructions[0]!, line };
  }

  async #run(state: StageState, instruction: Instruction, index: number): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const { file, escapeWith } = this.#dockerfile;
    const placed: Placed = { instruction, file, escapeWith };
    const { keyword } = instruction;
    const configure = CONFIG_INSTRUCTIONS[keyword];
    if (keyword === "COPY" || keyword === "ADD") {
      const treeOf = (name: string) => this.#treeOf(name, { index, platform: state.platform });
      const context = () => this.#openContext();
      await this.#layer(
        state,
        instruction,
        await entriesOfCopy(state, placed, { context, treeOf, signal }),
      );
    } else if (keyword === "WORKDIR") {
      state.run.WorkingDir = workdirOf(state, placed);
      const made = directoryEntries(state.tree, state.run.WorkingDir, { uid: 0, gid: 0 });
      if (made.length > 0) await this.#layer(state, instruction, made);
      else this.#note(state, instruction);
    } else if (keyword === "ARG") {
      this.#declare(instruction, state.args, state);
      this.#note(state, instruction);
    } else if (configure !== undefined) {
      configure(state, placed);
      this.#note(state, instruction);
    } else throw refused(placed);
  }

  /** A step with a layer. */
  async #layer(
    state: StageState,
    { text }: Instruction,
    entries: readonly LayerEntry[],
  ): Promise<void> {
    const written: WrittenLayer = await writeLayer(this.#store, entries, this.#writing());
    const { layer, isCached, newBytes } = written;
    state.layers.push(layer);
    await state.tree.add(layer, this.#options.signal);
    state.history.push({ created: this.#created, created_by: text, comment: COMMENT });
    const { digest, sizeBytes } = layer.blob;
    this.#step({ instruction: text, isCached, layer: digest, sizeBytes, newBytes });
  }

  /** A step without. */
  #note(state: StageState, { text }: Instruction): void {
    state.history.push({
      created: this.#created,
      created_by: text,
      comment: COMMENT,
      empty_layer: true,
    });
    this.#step({ instruction: text, isCached: false, layer: undefined, sizeBytes: 0, newBytes: 0 });
  }

  #step(step: BuiltStep): void {
    this.#steps.push(step);
    this.#options.onStep?.(step, { at: this.#steps.length, of: this.#stepsInAll });
  }

  /** Variables of ARG: the caller's value, else the one in front of the stages, else the instruction's own. */
  #declare(
    instruction: Instruction,
    to: Map<string, string | undefined>,
    state?: StageState,
  ): void {
    const { file, escapeWith } = this.#dockerfile;
    const placed = { instruction, file, escapeWith };
    const variables =
      state === undefined ? (name: string) => this.#global(name) : variablesOf(state);
    const words = instruction.args.split(/\s+/);
    const isBare = words.length === 1 && !words[0]!.includes("=");
    const pairs = isBare
      ? [[words[0]!, undefined] as const]
      : reading(placed, () => splitPairs(instruction.args, { variables, escapeWith }));
    for (const [name, own] of pairs) {
      const given = this.#options.buildArgs?.get(name);
      to.set(name, given ?? own ?? (state === undefined ? undefined : this.#global(name)));
    }
  }

  #global(name: string): string | undefined {
    return this.#globals.get(name) ?? this.#platformArgs[name];
  }

  get #platformArgs(): Readonly<Record<string, string>> {
    const { os, architecture, variant = "" } = this.#platform;
    const host = hostPlatform();
    const text = [os, architecture, ...(variant === "" ? [] : [variant])].join("/");
    return {
      TARGETPLATFORM: text,
      TARGETOS: os,
      TARGETARCH: architecture,
      TARGETVARIANT: variant,
      BUILDPLATFORM: `${host.os}/${host.architecture}`,
      BUILDOS: host.os,
      BUILDARCH: host.architecture,
      BUILDVARIANT: "",
    };
  }

  /** Names of images and platforms know only what stands in front of the stages. */
  #expandGlobal({ line, text }: Stage, word: string): string {
    const { file, escapeWith } = this.#dockerfile;
    const instruction = { keyword: "FROM", args: word, flags: new Map(), heredocs: [], line, text };
    const state = { ...scratch(this.#store, this.#platform), run: {} };
    for (const [name, value] of Object.entries(this.#platformArgs)) state.args.set(name, value);
    for (const [name, value] of this.#globals) state.args.set(name, value);
    return wordOf(state, { instruction, file, escapeWith });
  }

  async #treeOf(name: string, is: { index: number; platform: Platform }): Promise<ImageTree> {
    const earlier = this.#indexOf(name, is.index);
    if (earlier !== undefined) return (await this.#state(earlier)).tree;
    const image =
      this.#images.get(name) ??
      fromImage(this.#store, name, { ...this.#options, platform: is.platform }).then(
        ({ tree }) => tree,
      );
    this.#images.set(name, image);
    return await image;
  }

  #openContext(): Promise<Context> {
    const { context, ignoreFiles = [".dockerignore"] } = this.#options;
    this.#context ??= Context.open(context, { ignoreFiles });
    return this.#context;
  }

  get #created(): string {
    return timeText(this.#options.timeSeconds ?? 0);
  }

  #writing() {
    const { timeSeconds = 0, signal } = this.#options;
    return { lease: this.#lease, timeSeconds, signal };
  }
}

function readPlatform(text: string): Platform {
  const [os = "linux", architecture = "amd64", variant] = text.split("/");
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

function refused({ instruction, file }: Placed): BuildError {
  const { keyword, line } = instruction;
  if (keyword !== "RUN") return invalid(file, line, `there is no instruction ${keyword}`);
  const hint =
    "nothing is run in a build; build that stage by another tool, load or push the image, and go on FROM it";
  return new BuildError(
    "INSTRUCTION_UNSUPPORTED",
    `build ${at(file, line)}: RUN is not done here: ${hint}`,
  );
}
