import { removeImage } from "@shale/image";
import type { Context } from "../context.ts";
import { openStore } from "../open-store.ts";
import { print } from "../output/print.ts";

interface RmiOptions {
  readonly refs: readonly string[];
  readonly force?: boolean | undefined;
}

/** Images go one after the other; at the first that cannot, what went before is printed and the rest stays. */
export async function rmi(context: Context, { refs, force = false }: RmiOptions): Promise<void> {
  await using store = await openStore(context);
  const untagged: string[] = [];
  const deleted: string[] = [];
  try {
    for (const ref of refs) {
      context.signal.throwIfAborted();
      const removed = await removeImage(store, ref, { force });
      untagged.push(...removed.untagged);
      deleted.push(...removed.deleted);
    }
  } finally {
    await print(context, { json: { untagged, deleted }, text: lines({ untagged, deleted }) });
  }
}

function lines({ untagged, deleted }: { untagged: string[]; deleted: string[] }): string {
  const all = [
    ...untagged.map((name) => `Untagged: ${name}`),
    ...deleted.map((id) => `Deleted: ${id}`),
  ];
  return all.map((line) => `${line}\n`).join("");
}
