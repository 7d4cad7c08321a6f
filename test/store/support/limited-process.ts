import { writeFile } from "node:fs/promises";
import type { ProcessOptions } from "./commands.ts";
import { StoreProcess } from "./store-process.ts";

/** A store process whose files cannot grow beyond a size, as if the disk were full; `script` names a file to be made. */
export async function startLimited(
  options: ProcessOptions,
  { limitKib, script }: { readonly limitKib: number; readonly script: string },
): Promise<StoreProcess> {
  // The signal for it is ignored, as on a disk that is full: what is left is the error.
  const text = `#!/bin/bash\ntrap '' XFSZ\nulimit -f ${limitKib}\nexec ${process.execPath} "$@"\n`;
  await writeFile(script, text, { mode: 0o755 });
  const node = process.execPath;
  try {
    process.execPath = script;
    return await StoreProcess.start(options);
  } finally {
    process.execPath = node;
  }
}
