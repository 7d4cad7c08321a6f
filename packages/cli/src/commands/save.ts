import { saveImages } from "@shale/image";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { openStore } from "../open-store.ts";
import { humanBytes } from "../output/bytes.ts";
import { writeFileAtomically } from "../output/file.ts";
import { print } from "../output/print.ts";
import { type Progress, startProgress } from "../output/progress.ts";
import { writeAll } from "../output/write.ts";

interface SaveOptions {
  readonly refs: readonly string[];
  readonly format: "oci" | "docker";
  /** Where to write; stdout when it is `-` or not given. */
  readonly output?: string | undefined;
}

export async function save(context: Context, options: SaveOptions): Promise<void> {
  const { signal, io } = context;
  const { refs, format } = options;
  const output = options.output === "-" ? undefined : options.output;
  if (output === undefined && io.stdout.isTTY) {
    throw new CliError("USAGE", "save to stdout: it is a terminal; add -o FILE, or redirect it");
  }
  await using store = await openStore(context);
  using progress = startProgress(context, "save");
  const pieces = saveImages(store, refs, { format, signal, onProgress: forward(progress) });
  if (output === undefined) {
    await writeAll(io.stdout, pieces);
    progress.finish();
    return;
  }
  const sizeBytes = await writeFileAtomically(output, pieces);
  progress.finish();
  const json = { file: output, format, references: refs, sizeBytes };
  await print(context, {
    json,
    text: `Saved ${refs.join(", ")} to ${output} (${humanBytes(sizeBytes)})\n`,
  });
}

function forward(progress: Progress) {
  return (work: { doneBytes: number; totalBytes?: number }): void => {
    progress.update(work.doneBytes, work.totalBytes);
  };
}
