import type { BenchOptions } from "../row.ts";
import type { WorkDir } from "../work-dir.ts";
import { familyLayout, readFamilies } from "./families.ts";
import type { Layout } from "./layout.ts";
import { smallLayout } from "./small.ts";

/** The layers that programs are compared on: those of the families, or small ones. */
export async function makeLayers(work: WorkDir, options: BenchOptions): Promise<Layout> {
  const path = work.fresh("layers");
  const layout = options.smoke
    ? await smallLayout(path)
    : await familyLayout(await readFamilies(options.families), path);
  await work.settleDisk();
  return layout;
}
