import type { BlobInfo } from "@shale/content";
import type { LayerStore } from "@shale/store";
import type { Context } from "../context.ts";
import { openStore } from "../open-store.ts";
import { humanBytes } from "../output/bytes.ts";
import { print } from "../output/print.ts";
import { type Progress, startProgress } from "../output/progress.ts";

interface SettleOptions {
  readonly all?: true | undefined;
}

interface Settled {
  readonly settled: readonly BlobInfo[];
  readonly staged: readonly BlobInfo[];
}

/** Settles what was left staged, the largest first, since that frees most. */
export async function settle(context: Context, options: SettleOptions): Promise<void> {
  await using store = await openStore(context);
  using progress = startProgress(context, "settle");
  const result = await settleAll(store, await waiting(store, options), { context, progress });
  progress.finish();
  await print(context, {
    json: {
      settled: result.settled.map(({ digest }) => digest),
      staged: result.staged.map(({ digest, reason }) => ({ digest, reason: reason ?? null })),
    },
    text: describe(result),
  });
}

/** Staged blobs that were not tried before; with `--all` those, too. */
async function waiting(store: LayerStore, { all }: SettleOptions): Promise<BlobInfo[]> {
  const found: BlobInfo[] = [];
  for await (const blob of store.blobs()) {
    if (blob.state === "staged" && (all === true || blob.reason === undefined)) found.push(blob);
  }
  return found.sort((a, b) => b.sizeBytes - a.sizeBytes);
}

async function settleAll(
  store: LayerStore,
  blobs: readonly BlobInfo[],
  { context, progress }: { readonly context: Context; readonly progress: Progress },
): Promise<Settled> {
  const totalBytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const settled: BlobInfo[] = [];
  const staged: BlobInfo[] = [];
  let [doneBytes, endBytes] = [0, 0];
  for (const { digest, sizeBytes } of blobs) {
    context.signal.throwIfAborted();
    const onProgress = (advancedBytes: number): void => {
      doneBytes += advancedBytes;
      progress.update(doneBytes, totalBytes);
    };
    const blob = await store.settle(digest, { signal: context.signal, onProgress });
    endBytes += sizeBytes;
    doneBytes = endBytes;
    progress.update(doneBytes, totalBytes);
    if (blob?.state === "settled") settled.push(blob);
    else if (blob?.reason !== undefined) staged.push(blob);
  }
  return { settled, staged };
}

function describe({ settled, staged }: Settled): string {
  const bytes = settled.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const kept = staged.map(({ digest, reason }) => `Kept whole: ${digest}: ${reason}\n`).join("");
  return `${kept}Settled ${settled.length} blobs, ${humanBytes(bytes)}\n`;
}
