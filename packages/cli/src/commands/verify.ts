import type { VerifyReport } from "@shale/content";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { openStore } from "../open-store.ts";
import { humanBytes } from "../output/bytes.ts";
import { print } from "../output/print.ts";
import { startProgress } from "../output/progress.ts";

export async function verify(context: Context): Promise<void> {
  const report = await readAll(context);
  const { blobs, chunks, bytes, errors } = report;
  context.signal.throwIfAborted();
  await print(context, { json: { blobs, chunks, bytes, errors }, text: describe(report) });
  if (errors.length === 0) return;
  const store = JSON.stringify(context.storePath);
  const message = `verify ${store}: ${errors.length} found damaged; load the images again that hold them`;
  throw new CliError("VERIFY_FAILED", message);
}

async function readAll(context: Context): Promise<VerifyReport> {
  await using store = await openStore(context);
  using progress = startProgress(context, "verify");
  const report = await store.verify({ signal: context.signal, onProgress: progress.update });
  progress.finish();
  return report;
}

function describe({ blobs, chunks, bytes, errors }: VerifyReport): string {
  const found = errors
    .map(({ code, digest, message }) => `${code} ${digest} ${message}\n`)
    .join("");
  const verdict = errors.length === 0 ? "all as stored" : `${errors.length} damaged`;
  return `${found}Verified ${blobs} blobs, ${chunks} chunks, ${humanBytes(bytes)}: ${verdict}\n`;
}
