import { tagImage } from "@shale/image";
import type { Context } from "../context.ts";
import { openStore } from "../open-store.ts";
import { print } from "../output/print.ts";

export async function tag(
  context: Context,
  names: { source: string; target: string },
): Promise<void> {
  await using store = await openStore(context);
  await tagImage(store, names.source, names.target);
  await print(context, { json: names, text: "" });
}
