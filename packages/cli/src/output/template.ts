import { CliError } from "../errors.ts";

/**
 * Go's templates, as far as docker's users write them in `--format`: fields, pipelines, `range`, `if`, and docker's functions. The
 * language is Go's text/template; what is left out of it is refused.
 */
export type Template = (data: unknown) => string;

type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: Pipeline }
  | {
      readonly kind: "if" | "range" | "with";
      readonly pipeline: Pipeline;
      readonly then: readonly Node[];
      readonly otherwise: readonly Node[];
    };

/** Commands of which each gets the result of the one before as its last argument. */
type Pipeline = readonly Command[];
type Command = readonly Operand[];

type Operand =
  | { readonly kind: "field"; readonly path: readonly string[]; readonly ofRoot: boolean }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "group"; readonly pipeline: Pipeline };

const FUNCTIONS: Readonly<Record<string, (...args: readonly unknown[]) => unknown>> = {
  json: (value) => JSON.stringify(value ?? null),
  join: (list, separator = "") => asList(list).map(textOf).join(String(separator)),
  split: (value, separator) => textOf(value).split(String(separator)),
  lower: (value) => textOf(value).toLowerCase(),
  upper: (value) => textOf(value).toUpperCase(),
  title: (value) => textOf(value).replace(/\b\p{L}/gu, (letter) => letter.toUpperCase()),
  truncate: (value, length) => [...textOf(value)].slice(0, Number(length)).join(""),
  pad: (value, before, after) =>
    " ".repeat(Number(before)) + textOf(value) + " ".repeat(Number(after)),
  println: (...values) => `${values.map(textOf).join(" ")}\n`,
  print: (...values) => values.map(textOf).join(""),
  len: (value) =>
    isRecord(value) ? Object.keys(value).length : ((value as unknown[])?.length ?? 0),
  index: (value, ...keys) =>
    keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[String(key)], value),
  slice: (value, from, to) =>
    (value as string).slice(Number(from ?? 0), to === undefined ? undefined : Number(to)),
  eq: (value, ...others) => others.some((other) => other === value),
  ne: (value, other) => value !== other,
  not: (value) => !isTrue(value),
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
};

/** @throws CliError `USAGE` */
export function parseTemplate(source: string): Template {
  // In a shell's single quotes these are what people write for the characters.
  const text = source.replaceAll("\\t", "\t").replaceAll("\\n", "\n");
  const parser = new Parser(text);
  const nodes = parser.nodes();
  return (data) => render(nodes, { dot: data, root: data });
}

const ACTION = /\{\{(- )?\s*((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)\s*( -)?\}\}/g;
const TOKEN =
  /\s*(?:(\|)|([()])|("(?:[^"\\]|\\.)*"|`[^`]*`)|(-?\d+(?:\.\d+)?)(?![\w.])|(\$?(?:\.[\p{L}_]\w*)+|\$|\.)|([\p{L}_]\w*))/uy;

class Parser {
  readonly #source: string;
  readonly #parts: (string | { readonly action: string })[] = [];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    let end = 0;
    let trimNext = false;
    const push = (text: string) => this.#parts.push(trimNext ? text.trimStart() : text);
    for (const match of source.matchAll(ACTION)) {
      const before = source.slice(end, match.index);
      push(match[1] === undefined ? before : before.trimEnd());
      this.#parts.push({ action: match[2]! });
      trimNext = match[3] !== undefined;
      end = match.index + match[0].length;
    }
    push(source.slice(end));
    if (source.slice(end).includes("{{")) this.fail("an action has no end");
  }

  nodes(): readonly Node[] {
    const { nodes, stop } = this.#block();
    if (stop !== undefined) this.fail(`${stop} without a begin`);
    return nodes;
  }

  #block(): { nodes: readonly Node[]; stop: "end" | "else" | undefined } {
    const nodes: Node[] = [];
    for (; this.#at < this.#parts.length; ) {
      const part = this.#parts[this.#at++]!;
      if (typeof part === "string") {
        if (part !== "") nodes.push({ kind: "text", text: part });
        continue;
      }
      const { action } = part;
      if (action === "end" || action === "else") return { nodes, stop: action };
      if (action.startsWith("/*")) continue;
      const [, keyword, rest] = /^(if|range|with)\s+(.*)$/s.exec(action) ?? [];
      if (keyword === undefined) nodes.push({ kind: "print", pipeline: this.#pipeline(action) });
      else nodes.push(this.#branch(keyword as "if" | "range" | "with", this.#pipeline(rest!)));
    }
    return { nodes, stop: undefined };
  }

  #branch(kind: "if" | "range" | "with", pipeline: Pipeline): Node {
    const { nodes: then, stop } = this.#block();
    if (stop === undefined) this.fail(`${kind} without an end`);
    const otherwise = stop === "else" ? this.#block() : undefined;
    if (otherwise !== undefined && otherwise.stop !== "end") this.fail("else without an end");
    return { kind, pipeline, then, otherwise: otherwise?.nodes ?? [] };
  }

  #pipeline(text: string): Pipeline {
    const tokens = this.#tokens(text);
    const pipeline = this.#commands(tokens);
    if (tokens.length > 0) this.fail(`${JSON.stringify(text)} has a bracket too many`);
    return pipeline;
  }

  #commands(tokens: Token[]): Pipeline {
    const commands: Operand[][] = [[]];
    for (let token = tokens[0]; token !== undefined && token !== ")"; token = tokens[0]) {
      tokens.shift();
      if (token === "|") commands.push([]);
      else if (token !== "(") commands.at(-1)!.push(token);
      else {
        commands.at(-1)!.push({ kind: "group", pipeline: this.#commands(tokens) });
        if (tokens.shift() !== ")") this.fail("a bracket has no end");
      }
    }
    if (commands.some((command) => command.length === 0)) this.fail("an action says nothing");
    return commands;
  }

  #tokens(text: string): Token[] {
    const tokens: Token[] = [];
    for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.trimEnd().length; ) {
      const at = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (match === null) return this.fail(`${JSON.stringify(text.slice(at))} is not understood`);
      tokens.push(this.#token(match));
    }
    return tokens;
  }

  #token([, bar, bracket, quoted, number, field, word]: RegExpExecArray): Token {
    if (bar !== undefined) return "|";
    if (bracket !== undefined) return bracket as "(" | ")";
    if (quoted !== undefined) return { kind: "value", value: unquote(quoted) };
    if (number !== undefined) return { kind: "value", value: Number(number) };
    if (field !== undefined) {
      const path = field.replace(/^\$/, "").split(".").filter(Boolean);
      return { kind: "field", path, ofRoot: field.startsWith("$") };
    }
    if (word === "true" || word === "false") return { kind: "value", value: word === "true" };
    if (word === "nil") return { kind: "value", value: null };
    if (!Object.hasOwn(FUNCTIONS, word!)) return this.fail(`there is no function ${word}`);
    return { kind: "function", name: word! };
  }

  fail(why: string): never {
    throw new CliError("USAGE", `read --format ${JSON.stringify(this.#source)}: ${why}`);
  }
}

type Token = "|" | "(" | ")" | Operand;

interface Scope {
  readonly dot: unknown;
  readonly root: unknown;
}

function render(nodes: readonly Node[], scope: Scope): string {
  return nodes.map((node) => renderNode(node, scope)).join("");
}

function renderNode(node: Node, scope: Scope): string {
  if (node.kind === "text") return node.text;
  const value = run(node.pipeline, scope);
  if (node.kind === "print") return textOf(value);
  if (node.kind === "if") return render(isTrue(value) ? node.then : node.otherwise, scope);
  if (node.kind === "with") {
    return isTrue(value)
      ? render(node.then, { ...scope, dot: value })
      : render(node.otherwise, scope);
  }
  const items = isRecord(value)
    ? Object.keys(value)
        .sort()
        .map((key) => value[key])
    : asList(value);
  if (items.length === 0) return render(node.otherwise, scope);
  return items.map((dot) => render(node.then, { ...scope, dot })).join("");
}

function run(pipeline: Pipeline, scope: Scope): unknown {
  let result: unknown;
  for (const [at, [first, ...rest]] of pipeline.entries()) {
    const args = rest.map((operand) => evaluate(operand, scope));
    if (at > 0) args.push(result);
    if (first!.kind === "function") result = FUNCTIONS[first!.name]!(...args);
    else if (args.length > 0)
      throw new CliError("USAGE", "run --format: only a function takes what follows it");
    else result = evaluate(first!, scope);
  }
  return result;
}

function evaluate(operand: Operand, scope: Scope): unknown {
  if (operand.kind === "value") return operand.value;
  if (operand.kind === "group") return run(operand.pipeline, scope);
  if (operand.kind === "function") return FUNCTIONS[operand.name]!();
  const start = operand.ofRoot ? scope.root : scope.dot;
  return operand.path.reduce<unknown>((at, name) => fieldOf(at, name), start);
}

function fieldOf(value: unknown, name: string): unknown {
  if (value === null || value === undefined) return undefined;
  if (isRecord(value)) return Object.hasOwn(value, name) ? value[name] : undefined;
  throw new CliError("USAGE", `run --format: there is no .${name} in ${JSON.stringify(value)}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Go's truth: nothing that is empty, or zero. */
function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isRecord(value) ? Object.keys(value).length > 0 : Boolean(value);
}

/** As Go prints values: lists in square brackets, maps by their sorted keys. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return "<no value>";
  if (Array.isArray(value)) return `[${value.map(textOf).join(" ")}]`;
  if (!isRecord(value)) return String(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${key}:${textOf(value[key])}`);
  return `map[${entries.join(" ")}]`;
}

function unquote(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1);
  const escapes: Record<string, string> = { n: "\n", t: "\t" };
  return text.slice(1, -1).replace(/\\(.)/gs, (_all, letter: string) => escapes[letter] ?? letter);
}
