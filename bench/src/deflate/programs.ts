/** Programs of one line that make gzip of stdin, as people do it in these languages. */
export const PROGRAMS = {
  python: `
import gzip, shutil, sys
with gzip.GzipFile(fileobj=sys.stdout.buffer, mode="wb", compresslevel=6) as out:
    shutil.copyfileobj(sys.stdin.buffer, out, 1 << 20)
`,
  node: `
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
await pipeline(process.stdin, createGzip({ level: 6 }), process.stdout);
`,
} as const;
