import { rebuildIndex } from "@shale/store";
import type { Context } from "../context.ts";
import { print } from "../output/print.ts";
import { startProgress } from "../output/progress.ts";

export async function rebuild(context: Context): Promise<void> {
  using progress = startProgress(context, "rebuild-index");
  const { blobs, chunks, tags, losses } = await rebuildIndex(context.storePath, {
    signal: context.signal,
    onProgress: progress.update,
  });
  progress.finish();
  await print(context, {
    json: { blobs, chunks, tags, losses },
    text: `${losses.map((loss) => `Lost: ${loss}\n`).join("")}Rebuilt the index: ${blobs} blobs, ${chunks} chunks, ${tags} names\n`,
  });
}
