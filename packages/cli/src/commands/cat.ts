import { type ByteRange, type Digest, isDigest } from "@shale/content";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { openStore } from "../open-store.ts";
import { writeAll } from "../output/write.ts";

export interface CatOptions {
  readonly digest: string;
  readonly range?: string | undefined;
}

export async function cat(context: Context, options: CatOptions): Promise<void> {
  const { signal, io } = context;
  const digest = readDigest(options.digest);
  const range = options.range === undefined ? {} : { range: readRange(options.range) };
  await using store = await openStore(context);
  await writeAll(io.stdout, store.open(digest, { signal, ...range }));
}

function readDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const hint = "give sha256: and 64 hex digits, or sha512: and 128";
  throw new CliError("USAGE", `read digest ${JSON.stringify(text)}: it is not one; ${hint}`);
}

/** `OFFSET:LENGTH` or `OFFSET:`, in bytes. */
function readRange(text: string): ByteRange {
  const match = /^(\d{1,15}):(\d{1,15})?$/.exec(text);
  if (match === null) {
    const hint = "give OFFSET:LENGTH in bytes, or OFFSET:";
    throw new CliError("USAGE", `read range ${JSON.stringify(text)}: it is not one; ${hint}`);
  }
  const offsetBytes = Number(match[1]);
  return match[2] === undefined ? { offsetBytes } : { offsetBytes, lengthBytes: Number(match[2]) };
}
