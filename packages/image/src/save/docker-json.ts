import type { Descriptor } from "@shale/content";
import { familiarForm, familiarRepository, type Reference } from "../reference.ts";

/**
 * An entry of manifest.json. moby's image-spec, v1.2, "Combined Image JSON + Filesystem Changeset
 * Format".
 */
export interface DockerEntry {
  readonly references: readonly Reference[];
  readonly configPath: string;
  readonly layerPaths: readonly string[];
  /** What the older `repositories` file names the image by. */
  readonly legacyId: string;
  /** By diffID, where foreign layers are from that are not in the archive. */
  readonly sources: Readonly<Record<string, Descriptor>>;
}

export function manifestJson(entries: readonly DockerEntry[]): Uint8Array {
  const list = entries.map(({ references, configPath, layerPaths, sources }) => ({
    Config: configPath,
    RepoTags: references.length === 0 ? null : tagged(references).map(familiarForm),
    Layers: layerPaths,
    ...(Object.keys(sources).length > 0 && { LayerSources: sources }),
  }));
  return Buffer.from(`${JSON.stringify(list)}\n`);
}

/** The names file of docker before 1.10, which some readers still look into. */
export function repositoriesJson(entries: readonly DockerEntry[]): Uint8Array | undefined {
  const repositories = new Map<string, Map<string, string>>();
  for (const { references, legacyId } of entries) {
    for (const reference of tagged(references)) {
      const name = familiarRepository(reference);
      const tags = repositories.get(name) ?? new Map<string, string>();
      repositories.set(name, tags.set(reference.tag!, legacyId));
    }
  }
  if (repositories.size === 0) return undefined;
  const list = [...repositories].map(([name, tags]) => [name, Object.fromEntries(tags)] as const);
  return Buffer.from(`${JSON.stringify(Object.fromEntries(list))}\n`);
}

/** A name by digest has no place in these files: it is what it is without being said. */
function tagged(references: readonly Reference[]): Reference[] {
  return references.filter(({ tag, digest }) => tag !== undefined && digest === undefined);
}
