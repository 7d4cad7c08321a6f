import { hasCode } from "@shale/content";
import { type LayerStore, openStore as open } from "@shale/store";
import type { Context } from "./context.ts";
import { warn } from "./output/print.ts";

/** Opens the store that the command works on; only `load` makes one. */
export function openStore(context: Context, options?: { create: boolean }): Promise<LayerStore> {
  const { storePath, cacheBytes } = context;
  return open(storePath, { create: options?.create ?? false, cacheBytes });
}

/**
 * The store, or nothing where there is none yet: what is in a store that nobody made can be answered. Says so on stderr,
 * since the path may be a slip.
 */
export async function openStoreIfAny(context: Context): Promise<LayerStore | undefined> {
  try {
    return await openStore(context);
  } catch (error) {
    if (!hasCode(error, "STORE_MISSING")) throw error;
    const message = `no store at ${JSON.stringify(context.storePath)} yet; shale load makes it`;
    warn(context, { code: "STORE_MISSING", message });
    return undefined;
  }
}
