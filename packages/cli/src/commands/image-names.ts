import { digestHex } from "@shale/content";
import { listImages } from "@shale/image";
import type { Candidate } from "../completion/candidates.ts";
import type { Context } from "../context.ts";
import { openStore } from "../open-store.ts";

/** The names of all images, each with its short id. */
export async function imageNames(context: Context): Promise<readonly Candidate[]> {
  await using store = await openStore(context);
  const names: Candidate[] = [];
  for (const { reference, imageId } of await listImages(store, {})) {
    if (reference === undefined) continue;
    names.push({ value: reference, description: digestHex(imageId).slice(0, 12) });
  }
  return names;
}
