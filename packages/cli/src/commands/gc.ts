import type { Context } from "../context.ts";
import { openStore } from "../open-store.ts";
import { humanBytes } from "../output/bytes.ts";
import { print } from "../output/print.ts";
import { startProgress } from "../output/progress.ts";

export async function gc(context: Context): Promise<void> {
  await using store = await openStore(context);
  using progress = startProgress(context, "gc");
  const { blobs, chunks, freedBytes } = await store.collect({
    signal: context.signal,
    onProgress: progress.update,
  });
  progress.finish();
  await print(context, {
    json: { blobs, chunks, freedBytes },
    text: `Removed ${blobs} blobs and ${chunks} chunks, freed ${humanBytes(freedBytes)}\n`,
  });
}
