import type { Context } from "../context.ts";
import { print } from "../output/print.ts";
import { versionText } from "../version.ts";

export async function version(context: Context): Promise<void> {
  const { arch, platform, versions } = process;
  const text = `shale ${versionText()} (node ${versions.node}, ${platform} ${arch})\n`;
  await print(context, {
    json: { version: versionText(), node: versions.node, platform, arch },
    text,
  });
}
