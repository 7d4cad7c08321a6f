import {
  Copy,
  DockerfileParser,
  From,
  ModifiableInstruction,
  Onbuild,
  type Instruction as ParsedInstruction,
} from "dockerfile-ast";
import { at, BuildError } from "../errors.ts";

/** A Dockerfile, taken apart; nothing is expanded yet. */
export interface Dockerfile {
  /** As it is named in errors. */
  readonly file: string;
  readonly escapeWith: string;
  /** ARGs in front of the first FROM. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: string | undefined;
  /** `scratch`, an earlier stage, or an image; with variables. */
  readonly base: string;
  readonly platform: string | undefined;
  readonly line: number;
  readonly text: string;
  readonly instructions: readonly Instruction[];
}

export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** Everything behind the keyword and the flags, on one line. */
  readonly args: string;
  readonly flags: ReadonlyMap<string, string>;
  readonly heredocs: readonly Heredoc[];
  readonly line: number;
  /** As it stands in histories. */
  readonly text: string;
}

export interface Heredoc {
  readonly name: string;
  readonly content: string;
  /** `<<"EOF"` keeps variables as they are. */
  readonly expands: boolean;
}

/** @throws BuildError `DOCKERFILE_INVALID` */
export function parseDockerfile(text: string, file: string): Dockerfile {
  const parsed = DockerfileParser.parse(text);
  const lines = text.split(/\r?\n/);
  const globals: Instruction[] = [];
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const one of parsed.getInstructions()) {
    const instruction = readInstruction(one, lines);
    if (one instanceof From) stages.push({ ...readFrom(one, instruction, file), instructions: [] });
    else if (stages.length > 0) stages.at(-1)!.instructions.push(instruction);
    else if (instruction.keyword === "ARG") globals.push(instruction);
    else throw invalid(file, instruction.line, `${instruction.keyword} in front of the first FROM`);
  }
  if (stages.length === 0) throw invalid(file, 1, "it has no FROM");
  return { file, escapeWith: parsed.getEscapeCharacter(), globals, stages };
}

export function invalid(file: string, line: number, why: string): BuildError {
  return new BuildError("DOCKERFILE_INVALID", `read ${at(file, line)}: ${why}`);
}

function readFrom(
  from: From,
  { line, flags, text }: Instruction,
  file: string,
): Omit<Stage, "instructions"> {
  const words = from.getArguments().map((argument) => argument.getValue());
  const [base, as, name] = words;
  const isNamed = words.length === 3 && as!.toUpperCase() === "AS";
  if (base === undefined || (words.length !== 1 && !isNamed)) {
    throw invalid(file, line, "expected FROM IMAGE, or FROM IMAGE AS NAME");
  }
  if (name !== undefined && !/^[a-z][a-z0-9-_.]*$/i.test(name)) {
    throw invalid(file, line, `${JSON.stringify(name)} is no name for a stage`);
  }
  return { base, name: name?.toLowerCase(), platform: flags.get("platform"), line, text };
}

function readInstruction(one: ParsedInstruction, lines: readonly string[]): Instruction {
  const keyword = one.getKeyword();
  const isModifiable = one instanceof ModifiableInstruction || one instanceof From;
  const flags = isModifiable ? one.getFlags() : [];
  const heredocs = one instanceof Copy || keyword === "ADD" ? readHeredocs(one, lines) : [];
  const content = one.getArgumentsContent() ?? "";
  const first = content.split("\n")[0]!;
  const flagText = flags.map(
    (flag) => `--${flag.getName()}${flag.getValue() === null ? "" : `=${flag.getValue()}`} `,
  );
  const args = (heredocs.length > 0 ? first : content.replace(/\s*\n\s*/g, " ")).trim();
  return {
    keyword,
    args: one instanceof Onbuild ? onbuildText(one) : args,
    flags: new Map(flags.map((flag) => [flag.getName(), flag.getValue() ?? ""])),
    heredocs,
    line: one.getRange().start.line + 1,
    text: `${keyword} ${flagText.join("")}${args}`,
  };
}

/** With its flags, which belong to what is done later. */
function onbuildText(one: Onbuild): string {
  return (one.getRawArgumentsContent() ?? "").replace(/\\\n\s*/g, "").trim();
}

function readHeredocs(one: ParsedInstruction, lines: readonly string[]): Heredoc[] {
  const { start, end } = one.getRange();
  const found: Heredoc[] = [];
  let at = start.line + 1;
  const head = lines[start.line]!;
  for (const [, strip, quote, name] of head.matchAll(/<<(-?)(["']?)([A-Za-z_][\w.-]*)\2/g)) {
    const body: string[] = [];
    const isEnd = (line: string) => (strip === "-" ? line.replace(/^\t+/, "") : line) === name;
    for (; at <= end.line && !isEnd(lines[at]!); at++) {
      body.push(strip === "-" ? lines[at]!.replace(/^\t+/, "") : lines[at]!);
    }
    at++;
    const content = body.map((line) => `${line}\n`).join("");
    found.push({ name: name!, content, expands: quote === "" });
  }
  return found;
}
