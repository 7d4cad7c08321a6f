/**
 * Go's `path.Match`: `*` and `?` stop at a slash, `[a-z]` and `[^a-z]` are one character. `undefined` for a path without any of
 * these.
 * @throws SyntaxError for a set that is none
 */
export function globToPattern(glob: string): RegExp | undefined {
  if (!/[*?[\\]/.test(glob)) return undefined;
  const source = glob.replace(
    /\\(.)|(\*)|(\?)|\[(\^?)((?:\\.|[^\]\\])+)\]|[\\^$.*+?()[\]{}|/]/gs,
    (all, escaped?: string, star?: string, one?: string, not?: string, set?: string) => {
      if (escaped !== undefined) return `\\u{${escaped.codePointAt(0)!.toString(16)}}`;
      if (star !== undefined) return "[^/]*";
      if (one !== undefined) return "[^/]";
      if (set === undefined) return `\\${all}`;
      return `[${not ?? ""}${set.replace(/[[\]&^]/g, "\\$&")}]`;
    },
  );
  return new RegExp(`^${source}$`, "u");
}
