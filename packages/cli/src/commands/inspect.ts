import { type InspectedImage, inspectImage } from "@shale/image";
import type { Context } from "../context.ts";
import { openStore } from "../open-store.ts";
import { print } from "../output/print.ts";
import { parseTemplate } from "../output/template.ts";
import { parsePlatform } from "../platform.ts";

export interface InspectOptions {
  readonly refs: readonly string[];
  readonly format?: string | undefined;
  readonly platform?: string | undefined;
}

export async function inspect(context: Context, options: InspectOptions): Promise<void> {
  const platform = parsePlatform(options.platform);
  const { format } = options;
  const template = format === undefined || format === "json" ? undefined : parseTemplate(format);
  await using store = await openStore(context);
  const images: InspectedImage[] = [];
  for (const ref of options.refs) images.push(await inspectImage(store, ref, { platform }));
  await print(context, { json: images, text: textOf(images, { format, template }) });
}

function textOf(
  images: readonly InspectedImage[],
  is: { format: string | undefined; template: ReturnType<typeof parseTemplate> | undefined },
): string {
  const { format, template } = is;
  if (template !== undefined) return images.map((image) => `${template(image)}\n`).join("");
  return `${JSON.stringify(images, undefined, format === "json" ? undefined : 4)}\n`;
}
