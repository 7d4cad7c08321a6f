import { type Instruction, invalid } from "./dockerfile/dockerfile.ts";
import {
  expandWord,
  jsonWords,
  splitPairs,
  splitWords,
  type Variables,
  WordError,
} from "./dockerfile/words.ts";
import { absolute, durationOf, envOf, type Healthcheck, setEnv, shellForm } from "./run-config.ts";
import type { StageState } from "./stage.ts";

/** An instruction, where it stands, and what its words may use. */
export interface Placed {
  readonly instruction: Instruction;
  readonly file: string;
  readonly escapeWith: string;
}

/** What an instruction does that makes no layer. @throws BuildError `DOCKERFILE_INVALID` */
export type ConfigInstruction = (stage: StageState, placed: Placed) => void;

export function variablesOf({ run, args }: StageState): Variables {
  const env = envOf(run);
  return (name) => env.get(name) ?? args.get(name);
}

/** The words of an instruction, in the form of a list or as a shell has them. */
export function wordsOf(stage: StageState, placed: Placed): string[] {
  const { args } = placed.instruction;
  const options = { variables: variablesOf(stage), escapeWith: placed.escapeWith };
  return reading(placed, () => {
    const list = jsonWords(args);
    return list?.map((word) => expandWord(word, options)) ?? splitWords(args, options);
  });
}

export function wordOf(
  stage: StageState,
  placed: Placed,
  text: string = placed.instruction.args,
): string {
  const options = { variables: variablesOf(stage), escapeWith: placed.escapeWith };
  return reading(placed, () => expandWord(text, options));
}

export function pairsOf(stage: StageState, placed: Placed): [string, string][] {
  const options = { variables: variablesOf(stage), escapeWith: placed.escapeWith };
  return reading(placed, () => splitPairs(placed.instruction.args, options));
}

export function reading<T>({ file, instruction }: Placed, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WordError) throw invalid(file, instruction.line, error.message);
    throw error;
  }
}

/** Those that change how the image runs. */
export const CONFIG_INSTRUCTIONS: Readonly<Record<string, ConfigInstruction>> = {
  CMD: (stage, placed) => {
    stage.run.Cmd = commandOf(stage, placed);
  },
  ENTRYPOINT: (stage, placed) => {
    stage.run.Entrypoint = commandOf(stage, placed);
    // What the base had for the other entry point is not meant for this one.
    stage.run.Cmd = null;
  },
  ENV: (stage, placed) => {
    for (const [name, value] of pairsOf(stage, placed)) setEnv(stage.run, name, value);
  },
  EXPOSE: (stage, placed) => {
    const ports = wordsOf(stage, placed).flatMap((word) => portsOf(word, placed));
    stage.run.ExposedPorts = withKeys(stage.run.ExposedPorts, ports);
  },
  HEALTHCHECK: (stage, placed) => {
    stage.run.Healthcheck = healthcheckOf(placed);
  },
  LABEL: (stage, placed) => {
    stage.run.Labels = { ...stage.run.Labels, ...Object.fromEntries(pairsOf(stage, placed)) };
  },
  MAINTAINER: (stage, placed) => {
    stage.author = placed.instruction.args;
  },
  ONBUILD: (stage, placed) => {
    const { args, line } = placed.instruction;
    if (/^(ONBUILD|FROM|MAINTAINER)\b/i.test(args)) {
      throw invalid(placed.file, line, `ONBUILD ${args.split(/\s/)[0]} is not allowed`);
    }
    stage.run.OnBuild = [...(stage.run.OnBuild ?? []), args];
  },
  SHELL: (stage, placed) => {
    const list = jsonWords(placed.instruction.args);
    if (list === undefined || list.length === 0) {
      throw invalid(
        placed.file,
        placed.instruction.line,
        'SHELL takes a list, as ["/bin/sh", "-c"]',
      );
    }
    stage.run.Shell = list;
  },
  STOPSIGNAL: (stage, placed) => {
    const signal = wordOf(stage, placed);
    if (!/^(SIG[A-Z0-9+-]+|[A-Z0-9+-]+|\d{1,2})$/i.test(signal)) {
      throw invalid(placed.file, placed.instruction.line, `${JSON.stringify(signal)} is no signal`);
    }
    stage.run.StopSignal = signal;
  },
  USER: (stage, placed) => {
    stage.run.User = wordOf(stage, placed);
  },
  VOLUME: (stage, placed) => {
    const paths = wordsOf(stage, placed);
    if (paths.some((path) => path.trim() === "")) {
      throw invalid(placed.file, placed.instruction.line, "a volume has a path");
    }
    stage.run.Volumes = withKeys(stage.run.Volumes, paths);
  },
};

/** A list is the command itself; anything else is for the shell, which puts variables in when it runs. */
function commandOf(stage: StageState, { instruction }: Placed): string[] {
  return jsonWords(instruction.args) ?? shellForm(stage.run, instruction.args);
}

function portsOf(word: string, { file, instruction }: Placed): string[] {
  const [, first, last, protocol = "tcp"] =
    /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? [];
  const [from, to] = [Number(first), Number(last ?? first)];
  if (first === undefined || from > to || to > 65_535) {
    throw invalid(file, instruction.line, `${JSON.stringify(word)} is no port`);
  }
  return Array.from({ length: to - from + 1 }, (_, at) => `${from + at}/${protocol.toLowerCase()}`);
}

function withKeys(before: Record<string, object> | undefined, keys: readonly string[]) {
  return { ...before, ...Object.fromEntries(keys.map((key) => [key, {}])) };
}

const TIMES = {
  interval: "Interval",
  timeout: "Timeout",
  "start-period": "StartPeriod",
  "start-interval": "StartInterval",
} as const;

function healthcheckOf({ file, instruction }: Placed): Healthcheck {
  const { args, flags, line } = instruction;
  if (/^NONE$/i.test(args)) return { Test: ["NONE"] };
  const [, command] = /^CMD\s+(.*)$/is.exec(args) ?? [];
  if (command === undefined)
    throw invalid(file, line, "expected HEALTHCHECK CMD COMMAND, or HEALTHCHECK NONE");
  const list = jsonWords(command);
  const check: Healthcheck = {
    Test: list === undefined ? ["CMD-SHELL", command] : ["CMD", ...list],
  };
  for (const [flag, value] of flags) {
    const time = TIMES[flag as keyof typeof TIMES];
    const nanoseconds = time && durationOf(value);
    if (nanoseconds !== undefined) check[time] = nanoseconds;
    else if (flag === "retries" && /^\d+$/.test(value)) check.Retries = Number(value);
    else throw invalid(file, line, `--${flag}=${value} is not understood`);
  }
  return check;
}

/** Where WORKDIR leads. */
export function workdirOf(stage: StageState, placed: Placed): string {
  return absolute(stage.run, wordOf(stage, placed));
}
