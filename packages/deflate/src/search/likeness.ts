import { MODEL_IDS } from "../models/registry.ts";

/** Families whose levels, from the first lazy one on, differ in nothing but how far they search. */
const LAZY_FAMILIES: ReadonlySet<string> = new Set(["go", "zlib", "gnu", "pigz"]);
const FIRST_LAZY_LEVEL = 4;
/** Levels of Go 1.27 that are those of klauspost's newest class. */
const KLAUSPOST_OF_GO: ReadonlySet<string> = new Set(["5", "6"]);
/** Classes of klauspost's versions that find the same matches; others find their own. */
const SAME_MATCHES: Readonly<Record<string, string>> = { F: "C", D: "A", E: "A" };

/**
 * Models that may go on where another one was: states of their encoders have one form, and their bytes are often the same
 * for long. Levels differ in how far they search; versions of klauspost's in details.
 */
export function siblings(id: string): string[] {
  const kind = kindOf(id);
  return MODEL_IDS.filter((other) => other !== id && kindOf(other) === kind);
}

/** What models have in common whose states have one form. */
function kindOf(id: string): string {
  const { family, level, variant, blockBytes } = partsOf(id);
  if (LAZY_FAMILIES.has(family) && Number(level) >= FIRST_LAZY_LEVEL) return family;
  return variant === "1.8" ? id : `${family}/${level}/${blockBytes}`;
}

/** The tokens of models that look for no matches. */
export const LITERALS = "literals";

/** A name for the tokens of a model: models with the same one find the same matches in any input. */
export function tokensOf(id: string): string {
  const { family, level, variant, blockBytes } = partsOf(id);
  if (family === "go") {
    if (level === "0" || level === "huffman") return LITERALS;
    return variant === "1.8" ? id : `go/${level}`;
  }
  if (family === "go1.27" && KLAUSPOST_OF_GO.has(level)) return `klauspost/${level}/A`;
  if (family !== "klauspost" && family !== "pgzip") return id;
  const matches = SAME_MATCHES[variant] ?? variant;
  return blockBytes === ""
    ? `klauspost/${level}/${matches}`
    : `pgzip/${level}/${matches}/${blockBytes}`;
}

/**
 * A name for the first tokens of a model: those of what is cut into blocks or jobs are those of the
 * uncut stream, as far as the first of these goes.
 */
export function firstTokensOf(id: string): string {
  const [family, level, matches] = tokensOf(id).split("/");
  if (family === "pgzip") return `klauspost/${level}/${matches}`;
  return family === "pigz" ? `zlib/${level}` : tokensOf(id);
}

function partsOf(id: string): {
  readonly family: string;
  readonly level: string;
  readonly variant: string;
  readonly blockBytes: string;
} {
  const [family = "", level = "", variant = "", blockBytes = ""] = id.split("/");
  return { family, level, variant, blockBytes };
}
