import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { writeArchive } from "./archive.ts";
import { type Workspace, workspace } from "./shale.ts";

/** What `load --json` prints. */
export interface LoadJson {
  readonly images: readonly {
    readonly reference: string | null;
    readonly digest: string;
    readonly imageId: string;
    readonly layers: readonly {
      readonly digest: string;
      readonly diffId: string;
      readonly sizeBytes: number;
      readonly newBytes: number;
      readonly status: string;
    }[];
  }[];
}

/** What `images --json` prints for one name of an image. */
export interface ImageJson {
  readonly repository: string | null;
  readonly tag: string | null;
  readonly reference: string | null;
  readonly digest: string;
  readonly imageId: string;
  readonly created: string | null;
  readonly sizeBytes: number;
}

/** A workspace whose store holds `one:1.0`, and `two:2.0` that is `two:latest` too; they share a layer. */
export interface LoadedWorkspace extends Workspace {
  /** The archive that they came from. */
  readonly archive: string;
  readonly loaded: LoadJson;
  images(...args: string[]): Promise<readonly ImageJson[]>;
}

export async function loadedWorkspace(): Promise<LoadedWorkspace> {
  const base = { "base.bin": randomBytes(300_000) };
  const space = await workspace();
  const archive = await writeArchive(join(space.directory, "apps.tar"), [
    { tags: ["one:1.0"], layers: [base, { "app.bin": randomBytes(50_000) }] },
    { tags: ["two:2.0", "two:latest"], layers: [base, { "app.txt": "two" }] },
  ]);
  return {
    ...space,
    archive,
    loaded: (await space.json(["load", archive])) as LoadJson,
    images: async (...args) => (await space.json(["images", ...args])) as ImageJson[],
  };
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
