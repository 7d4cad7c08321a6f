import { ImageError } from "./errors.ts";
import { globToPattern } from "./glob.ts";

/** What an image must be to be listed: docker's `--filter KEY=VALUE`. */
export type ImageFilter =
  | { readonly key: "dangling"; readonly value: boolean }
  | { readonly key: "label"; readonly name: string; readonly value: string | undefined }
  | { readonly key: "before" | "since"; readonly ref: string }
  | { readonly key: "until"; readonly timeMs: number }
  | { readonly key: "reference"; readonly pattern: string };

const KEYS = "dangling, label, before, since, until, reference";
const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** @throws ImageError `FILTER_INVALID` */
export function parseImageFilter(text: string): ImageFilter {
  const [, key = "", value = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  switch (key) {
    case "dangling":
      if (/^(true|1|false|0)$/i.test(value)) return { key, value: /^(true|1)$/i.test(value) };
      throw invalid(text, "dangling is true or false");
    case "label": {
      const [name = "", ...rest] = value.split("=");
      if (name === "") throw invalid(text, "a label has a name");
      return { key, name, value: rest.length === 0 ? undefined : rest.join("=") };
    }
    case "before":
    case "since":
      if (value === "") throw invalid(text, "name an image");
      return { key, ref: value };
    case "until":
      return { key, timeMs: timeOf(text, value) };
    case "reference":
      return { key, pattern: value };
    default:
      throw invalid(text, `expected KEY=VALUE, where KEY is one of ${KEYS}`);
  }
}

/** A time, seconds since 1970, or how long ago: `24h`, `1h30m`. */
function timeOf(text: string, value: string): number {
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)([smh])/g)];
  if (parts.length > 0 && parts.map(([all]) => all).join("") === value) {
    const agoMs = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit!]!, 0);
    return Date.now() - agoMs;
  }
  const timeMs = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  if (Number.isNaN(timeMs))
    throw invalid(text, "give a time, as 2026-01-31, or how long ago, as 24h");
  return timeMs;
}

/** Whether a name as docker shows it fits a pattern, with its tag or without: `team/*`, `nginx:1.*`. */
export function fitsPattern(
  { repository, tag }: { readonly repository: string; readonly tag: string | undefined },
  pattern: string,
): boolean {
  const fits = (name: string) => patternOf(pattern)?.test(name) ?? name === pattern;
  return fits(repository) || (tag !== undefined && fits(`${repository}:${tag}`));
}

function patternOf(pattern: string): RegExp | undefined {
  try {
    return globToPattern(pattern);
  } catch {
    throw invalid(`reference=${pattern}`, "its pattern is none");
  }
}

function invalid(text: string, why: string): ImageError {
  return new ImageError("FILTER_INVALID", `read filter ${JSON.stringify(text)}: ${why}`);
}
