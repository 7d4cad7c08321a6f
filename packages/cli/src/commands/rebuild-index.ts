import { rebuildIndex } from "@shale/store";
import type { Context } from "../context.ts";
import { print } from "../output/print.ts";
import { startProgress } from "../output/progress.ts";

export async function rebuild(context: Context): Promise<void> {
  using progress = startProgress(context, "rebuild-index");
  const { blobs, chunks, tags } = await rebuildIndex(context.storePath, {
    signal: context.signal,
    onProgress: progress.update,
  });
  progress.finish();
  await print(context, {
    json: { blobs, chunks, tags },
    text: `Rebuilt the index: ${blobs} blobs, ${chunks} chunks, ${tags} names\n`,
  });
}
