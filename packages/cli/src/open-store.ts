import { hasCode } from "@shale/content";
import { type LayerStore, type OpenStoreOptions, openStore as open } from "@shale/store";
import type { Context } from "./context.ts";
import { warn } from "./output/print.ts";
import { collectYoungGarbage } from "./young-garbage.ts";

/** Opens the store that the command moves layers in or out of; only what brings images makes one. */
export function openStore(
  context: Context,
  options: Pick<OpenStoreOptions, "create" | "settle" | "serves"> = {},
): Promise<LayerStore> {
  collectYoungGarbage();
  return openToList(context, options);
}

/** Thousands of images live for as long as they are listed: they want the room that layers do not. */
function openToList(
  { storePath, cacheBytes }: Context,
  options: Pick<OpenStoreOptions, "create" | "settle" | "serves"> = {},
): Promise<LayerStore> {
  return open(storePath, { create: false, cacheBytes, ...options });
}

/**
 * The store, or nothing where there is none yet: what is in a store that nobody made can be answered. Says so on stderr,
 * since the path may be a slip.
 */
export async function openStoreIfAny(context: Context): Promise<LayerStore | undefined> {
  try {
    return await openToList(context);
  } catch (error) {
    if (!hasCode(error, "STORE_MISSING")) throw error;
    const message = `no store at ${JSON.stringify(context.storePath)} yet; shale load makes it`;
    warn(context, { code: "STORE_MISSING", message });
    return undefined;
  }
}
