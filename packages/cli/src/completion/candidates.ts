import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { withoutAliases } from "../image-aliases.ts";

/** What may stand where the cursor is: a closed list, or names that the shell or the store knows. */
export type Expected =
  | { readonly kind: "words"; readonly words: readonly Candidate[] }
  | { readonly kind: "files" | "directories" | "references" | "nothing" };

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What an option's value or an argument is, by its name; others have choices, or cannot be guessed. */
const KINDS: Readonly<Record<string, "files" | "directories" | "references">> = {
  store: "directories",
  output: "files",
  file: "files",
  layer: "files",
  path: "files",
  ref: "references",
  src: "references",
  dst: "references",
};

interface Place {
  readonly command: CommandUnknownOpts;
  /** Positional words before the cursor, without the command's name. */
  readonly positionals: number;
  /** The option whose value is at the cursor. */
  readonly option: Option | undefined;
  /** After `--` nothing is an option. */
  readonly optionsEnded: boolean;
}

/** What can be written in place of the last of `words`, which follow the program's name; it may be empty. */
export function expectedAt(program: CommandUnknownOpts, words: readonly string[]): Expected {
  const current = words.at(-1) ?? "";
  const place = locate(program, withoutAliases(words.slice(0, -1)));
  if (place.option !== undefined)
    return expectedValue(place.option.attributeName(), place.option.argChoices);
  if (current.startsWith("-") && !place.optionsEnded) {
    return inlineValue(place.command, current) ?? optionsOf(place.command);
  }
  if (place.command === program) return commandsOf(program);
  const known = place.command.registeredArguments;
  const last = known.at(-1);
  const argument = known[place.positionals] ?? (last?.variadic ? last : undefined);
  if (argument === undefined) return { kind: "nothing" };
  return expectedValue(argument.name(), argument.argChoices);
}

function locate(program: CommandUnknownOpts, before: readonly string[]): Place {
  let command = program;
  let positionals = 0;
  let option: Option | undefined;
  let optionsEnded = false;
  for (const word of before) {
    if (option !== undefined) {
      option = undefined;
    } else if (optionsEnded || !word.startsWith("-") || word === "-") {
      const next = command === program ? named(program, word) : undefined;
      if (next === undefined) positionals += 1;
      command = next ?? command;
    } else if (word === "--") {
      optionsEnded = true;
    } else {
      option = optionsSeen(command).find(
        (candidate) => candidate.required && isFlag(candidate, word),
      );
    }
  }
  return { command, positionals, option, optionsEnded };
}

function named(program: CommandUnknownOpts, word: string): CommandUnknownOpts | undefined {
  return program.commands.find((command) => command.name() === word);
}

function isFlag({ short, long }: Option, word: string): boolean {
  return word === short || word === long;
}

/** The command's own options, then those of the program. */
function optionsSeen(command: CommandUnknownOpts): readonly Option[] {
  return command.parent === null
    ? command.options
    : [...command.options, ...command.parent.options];
}

/** `--format=oci`: the option stays in front of every candidate, as a part of the same word. */
function inlineValue(command: CommandUnknownOpts, word: string): Expected | undefined {
  const flag = word.slice(0, word.indexOf("=") + 1);
  const option = optionsSeen(command).find(({ long }) => `${long}=` === flag);
  if (option === undefined) return undefined;
  const expected = expectedValue(option.attributeName(), option.argChoices);
  if (expected.kind !== "words") return expected;
  const words = expected.words.map((word) => ({ ...word, value: flag + word.value }));
  return { kind: "words", words };
}

function optionsOf(command: CommandUnknownOpts): Expected {
  const words = optionsSeen(command).map((option) => ({
    value: option.long ?? option.flags,
    description: option.description,
  }));
  return { kind: "words", words: [...words, { value: "--help", description: "print help" }] };
}

function commandsOf(program: CommandUnknownOpts): Expected {
  const words = program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({
      value: command.name(),
      description: command.description(),
    }));
  return { kind: "words", words };
}

function expectedValue(name: string, choices: readonly string[] | undefined): Expected {
  if (choices !== undefined) {
    return { kind: "words", words: choices.map((value) => ({ value, description: "" })) };
  }
  return { kind: KINDS[name] ?? "nothing" };
}
