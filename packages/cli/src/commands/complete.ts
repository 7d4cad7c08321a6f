import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Candidate, expectedAt } from "../completion/candidates.ts";
import { type Context, storePath } from "../context.ts";
import { print } from "../output/print.ts";

export interface CompleteOptions {
  readonly program: CommandUnknownOpts;
  readonly words: readonly string[];
}

/** What the completion scripts ask: candidates for the last of `words`, one a line with its description. */
export async function complete(
  context: Context,
  { program, words }: CompleteOptions,
): Promise<void> {
  const expected = expectedAt(program, words);
  const { kind } = expected;
  if (kind === "files" || kind === "directories") {
    return print(context, { json: { kind }, text: `:${kind}\n` });
  }
  const all =
    kind === "words"
      ? expected.words
      : kind === "references"
        ? await references(context, words)
        : [];
  const candidates = all.filter(({ value }) => value.startsWith(words.at(-1) ?? ""));
  const text = candidates.map(({ value, description }) => `${value}\t${description}\n`).join("");
  await print(context, { json: { kind: "words", words: candidates }, text });
}

/** The names of all images; none of a store that cannot be read, since nobody asked for an error while typing. */
async function references(
  context: Context,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  try {
    const { imageNames } = await import("./image-names.ts");
    const path = storePath(storeOption(words) ?? context.storePath, context.io);
    return await imageNames({ ...context, storePath: path });
  } catch {
    return [];
  }
}

/** The value of `--store` among the words before the cursor. */
export function storeOption(words: readonly string[]): string | undefined {
  let store: string | undefined;
  for (const [index, word] of words.slice(0, -1).entries()) {
    if (word === "--") break;
    if (word === "--store" && index + 2 < words.length) store = words[index + 1];
    if (word.startsWith("--store=")) store = word.slice("--store=".length);
  }
  return store;
}
