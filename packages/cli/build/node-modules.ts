import type { Plugin } from "rolldown";

/** As rolldown writes it, on a line of its own: a default, names, or all of it under one. */
const IMPORT =
  /^import (?:([\w$]+)(?:, )?)?(?:\{([^}]*)\}|\* as ([\w$]+))? ?from "(node:[^"]+|lmdb)";$/gm;
/**
 * What undici asks of Node's modules where that is next to nothing: HTTP/2 is never spoken here, bodies are never those of Node's own
 * HTTP, and a check that fails needs no comparison in colours.
 */
const STAND_INS: ReadonlyMap<string, string> = new Map([
  ["node:http2", "exports.constants = {};"],
  ["node:http", "exports.IncomingMessage = class {}; exports.maxHeaderSize = 16 * 1024;"],
  [
    "node:assert",
    'module.exports = (value, message = "undici: a check failed") => { if (!value) throw new Error(message); };',
  ],
]);

function hasStandIn(source: string, importer: string | undefined): boolean {
  return STAND_INS.has(source) && importer?.includes("/node_modules/undici/") === true;
}

/** Whether an import stays one of a module of Node's. */
export function isNodeModule(source: string, importer: string | undefined): boolean {
  return source.startsWith("node:") && !hasStandIn(source, importer);
}

/**
 * Takes Node's own modules without what ES modules pay for them: an import evaluates all that a module exports, also what Node would
 * load when it is first touched, as `fs.promises`, `crypto.webcrypto` or `http.WebSocket`. LMDB as well, whose CommonJS form is one
 * file where the other is twelve. And some modules that undici hardly needs, not at all.
 */
export function plainNodeModules(): Plugin {
  return {
    name: "plain-node-modules",
    resolveId: (source, importer) =>
      hasStandIn(source, importer) ? { id: `\0${source}`, external: false } : null,
    load: (id) => (id.startsWith("\0") ? STAND_INS.get(id.slice(1)) : null) ?? null,
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
