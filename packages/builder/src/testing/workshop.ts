import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Digest, Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { parseReference, type Reference, withDefaultTag } from "@shale/image";
import { type BuildOptions, type BuiltImage, buildImage } from "../build.ts";
import { members } from "../tree/members.ts";

/** Paths and contents; a content `-> x` is a link. */
export type Files = Readonly<Record<string, string>>;

/** What a layer says of each path: type, mode, owner, and content or target. */
export type ListedLayer = Readonly<Record<string, string>>;

/** A directory for contexts, and a store. */
export class Workshop implements AsyncDisposable {
  readonly directory: string;
  readonly store: Store = createMemoryStore();

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), "shale-build-")));
  }

  async context(files: Files, name = "context"): Promise<string> {
    for (const [path, content] of Object.entries({ ...files, ".keep": "" })) {
      const full = join(this.directory, name, path);
      await mkdir(dirname(full), { recursive: true });
      if (content.startsWith("-> ")) await symlink(content.slice(3), full);
      else await writeFile(full, content);
    }
    return join(this.directory, name);
  }

  async build(
    dockerfile: string,
    files: Files = {},
    options: Partial<BuildOptions> = {},
  ): Promise<BuiltImage> {
    const context = options.context ?? (await this.context(files));
    return await buildImage(this.store, {
      dockerfile: { text: dockerfile, file: "Dockerfile" },
      platform: { os: "linux", architecture: "amd64" },
      ...options,
      context,
    });
  }

  async layersOf({ digest }: { readonly digest: Digest }): Promise<ListedLayer[]> {
    const manifest = Buffer.concat(await Array.fromAsync(this.store.open(digest))).toString();
    const { layers } = JSON.parse(manifest) as { layers: { digest: Digest }[] };
    return await Promise.all(layers.map((layer) => this.#list(layer.digest)));
  }

  async #list(digest: Digest): Promise<ListedLayer> {
    const listed: Record<string, string> = {};
    for await (const { header, bytes } of members(this.store.open(digest))) {
      const pieces = await Array.fromAsync(bytes, (piece) => Buffer.from(piece));
      const text = header.linkname || Buffer.concat(pieces).toString();
      const about = `${header.type} ${header.mode.toString(8)} ${header.uid}:${header.gid}`;
      listed[header.name] = `${about} ${text}`.trim();
    }
    return listed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true });
  }
}

export function named(name: string): { readonly names: readonly Reference[] } {
  return { names: [withDefaultTag(parseReference(name))] };
}
