import { statfs } from "node:fs/promises";
import type { LayerStore } from "@shale/store";

/** Room for the index to grow, and for what is under way. */
const ROOM_BYTES = 256 * 1024 * 1024;

export interface HealthOptions {
  readonly store: Pick<LayerStore, "path" | "resolve">;
  readonly isStopping: () => boolean;
  readonly roomBytes?: number;
}

/** Why no requests should be sent to a server now; `undefined` when they can be. */
export async function unreadiness(options: HealthOptions): Promise<string | undefined> {
  const { store, isStopping, roomBytes = ROOM_BYTES } = options;
  if (isStopping()) return "it stops";
  try {
    await store.resolve("readiness");
    const { bavail, bsize } = await statfs(store.path);
    return bavail * bsize < roomBytes ? "the disk is nearly full" : undefined;
  } catch {
    return "the store does not answer";
  }
}
