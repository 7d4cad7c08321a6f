import { AccountsError } from "./errors.ts";

const SHAPE = /^(?:\*\*|[a-z0-9._*-]+)(?:\/(?:\*\*|[a-z0-9._*-]+))*$/;

/**
 * Repositories by their names: `*` is any part of a name without a slash, `**` is one whole part or several. `team/**` is all
 * that is below `team`; `**` alone is everything.
 * @throws AccountsError `PATTERN_INVALID`
 */
export function compilePattern(pattern: string): (repository: string) => boolean {
  const parts = pattern.split("/");
  const isGood =
    SHAPE.test(pattern) && parts.every((part) => part === "**" || !part.includes("**"));
  if (!isGood) {
    const message = `read pattern ${JSON.stringify(pattern)}: it fits no repository; give names with * and **, as team/**`;
    throw new AccountsError("PATTERN_INVALID", message);
  }
  const shapes = parts.map(shapeOf);
  return (repository) => fits(repository.split("/"), shapes);
}

/** `undefined` for one part or several. */
function shapeOf(part: string): RegExp | undefined {
  if (part === "**") return undefined;
  const escaped = part.replaceAll(".", "\\.").replaceAll(/\*+/g, ".*");
  return new RegExp(`^${escaped}$`);
}

/** Follows all ways at once, part by part: none is tried twice, so that no pattern takes long. */
function fits(parts: readonly string[], shapes: readonly (RegExp | undefined)[]): boolean {
  let places = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const place of places) {
      if (place === shapes.length) continue;
      const shape = shapes[place];
      if (shape === undefined) next.add(place);
      if (shape === undefined || shape.test(part)) next.add(place + 1);
    }
    places = next;
  }
  return places.has(shapes.length);
}
