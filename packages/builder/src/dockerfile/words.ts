/** Values of variables; `undefined` for one that is not set. */
export type Variables = (name: string) => string | undefined;

/** What can be wrong with a word, told to whoever knows the line. */
export class WordError extends Error {}

interface Options {
  readonly variables: Variables;
  /** A backslash unless the Dockerfile says otherwise. */
  readonly escapeWith: string;
}

/** One word: quotes are taken away and variables are put in. */
export function expandWord(text: string, options: Options): string {
  return new Reader(text, options).rest();
}

/** Words, as a shell would have them; a variable is a part of one word, whatever is in it. */
export function splitWords(text: string, options: Options): string[] {
  const reader = new Reader(text, options);
  const words: string[] = [];
  for (let word = reader.word(); word !== undefined; word = reader.word()) words.push(word);
  return words;
}

/** `["a", "b"]`; `undefined` when it is no list of texts. */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}

/** `a=1 b="2 3"`, or the older `a 1`. */
export function splitPairs(text: string, options: Options): [string, string][] {
  const first = /^\S+/.exec(text)?.[0] ?? "";
  if (!first.includes("=")) {
    const value = text.slice(first.length).trim();
    if (first === "" || value === "") throw new WordError("expected NAME=VALUE");
    return [[expandWord(first, options), expandWord(value, options)]];
  }
  return splitWords(text, options).map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw new WordError(`expected NAME=VALUE, not ${JSON.stringify(word)}`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

class Reader {
  readonly #text: string;
  readonly #options: Options;
  #at = 0;

  constructor(text: string, options: Options) {
    this.#text = text;
    this.#options = options;
  }

  rest(): string {
    let result = "";
    while (this.#at < this.#text.length) result += this.#piece();
    return result;
  }

  word(): string | undefined {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
    if (this.#at >= this.#text.length) return undefined;
    let result = "";
    while (this.#at < this.#text.length && !/\s/.test(this.#text[this.#at]!))
      result += this.#piece();
    return result;
  }

  /** A character, what is in quotes, or a variable. */
  #piece(): string {
    const character = this.#text[this.#at++]!;
    if (character === "'") return this.#single();
    if (character === '"') return this.#double();
    if (character === "$") return this.#variable();
    if (character !== this.#options.escapeWith) return character;
    return this.#text[this.#at++] ?? character;
  }

  #single(): string {
    const end = this.#text.indexOf("'", this.#at);
    if (end < 0) throw new WordError("a quote has no end");
    const quoted = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return quoted;
  }

  #double(): string {
    const { escapeWith } = this.#options;
    let result = "";
    for (;;) {
      const character = this.#text[this.#at++];
      if (character === undefined) throw new WordError("a quote has no end");
      if (character === '"') return result;
      if (character === "$") result += this.#variable();
      else if (character === escapeWith) {
        const next = this.#text[this.#at++] ?? "";
        result +=
          next === '"' || next === "$" || next === escapeWith ? next : `${escapeWith}${next}`;
      } else result += character;
    }
  }

  #variable(): string {
    const rest = this.#text.slice(this.#at);
    const [plain] = /^(?:[A-Za-z_]\w*|\d)/.exec(rest) ?? [];
    if (plain !== undefined) {
      this.#at += plain.length;
      return this.#options.variables(plain) ?? "";
    }
    if (!rest.startsWith("{")) return "$";
    const [head, name, colon, operator] = /^\{([A-Za-z_]\w*|\d)(?:(:?)([-+?]))?/.exec(rest) ?? [];
    if (head === undefined)
      throw new WordError(`${JSON.stringify(`$${rest.slice(0, 20)}`)} is no variable`);
    this.#at += head.length;
    const word = this.#untilBrace();
    if (operator === undefined && word !== "")
      throw new WordError(`\${${name}${word}} is not understood`);
    return this.#modified(name!, { operator, word, ignoresEmpty: colon === ":" });
  }

  #modified(
    name: string,
    is: { operator: string | undefined; word: string; ignoresEmpty: boolean },
  ): string {
    const value = this.#options.variables(name);
    const isSet = value !== undefined && !(is.ignoresEmpty && value === "");
    const other = () => expandWord(is.word, this.#options);
    if (is.operator === "-") return isSet ? value : other();
    if (is.operator === "+") return isSet ? other() : "";
    if (is.operator === "?" && !isSet)
      throw new WordError(`${name}: ${other() || "it is not set"}`);
    return value ?? "";
  }

  #untilBrace(): string {
    let depth = 1;
    const begin = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character === this.#options.escapeWith) this.#at++;
      else if (character === "{" && this.#text[this.#at - 1] === "$") depth++;
      else if (character === "}" && --depth === 0) return this.#text.slice(begin, this.#at++);
    }
    throw new WordError("a brace has no end");
  }
}
