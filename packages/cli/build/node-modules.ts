import type { Plugin } from "rolldown";

/** As rolldown writes it, on a line of its own: a default, names, or all of it under one. */
const IMPORT =
  /^import (?:([\w$]+)(?:, )?)?(?:\{([^}]*)\}|\* as ([\w$]+))? ?from "(node:[^"]+|lmdb)";$/gm;
/** HTTP/2 is never spoken here, and undici does without it where Node was built without. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ["node:http2", "export const constants = {};"],
]);

/**
 * Takes Node's own modules without what ES modules pay for them: an import evaluates all that a module exports, also what Node would
 * load when it is first touched, as `fs.promises`, `crypto.webcrypto` or `http.WebSocket`. LMDB as well, whose CommonJS form is one
 * file where the other is twelve.
 */
export function plainNodeModules(): Plugin {
  return {
    name: "plain-node-modules",
    resolveId: (source) => (LEFT_OUT.has(source) ? { id: source, external: false } : null),
    load: (id) => LEFT_OUT.get(id) ?? null,
    // A line stays a line: source maps hold.
    renderChunk: (code) => ({ code: code.replace(IMPORT, taken), map: null }),
  };
}

function taken(
  _: string,
  byDefault: string | undefined,
  names: string | undefined,
  all: string | undefined,
  source: string,
): string {
  const module = source.startsWith("node:")
    ? `process.getBuiltinModule("${source}")`
    : `process.getBuiltinModule("node:module").createRequire(import.meta.url)("${source}")`;
  const whole = [byDefault, all].flatMap((name) => (name ? [`const ${name} = ${module};`] : []));
  const parts = names?.replaceAll(/([\w$]+) as ([\w$]+)/g, "$1: $2");
  return [...whole, ...(parts ? [`const {${parts}} = ${module};`] : [])].join(" ");
}
