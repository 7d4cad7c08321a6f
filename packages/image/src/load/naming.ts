import { ImageError } from "../errors.ts";
import { isRepositoryPath, parseReference, type Reference } from "../reference.ts";
import type { PlannedImage } from "./plan.ts";

/** Turns what an archive calls its images into names in full. */
export interface Naming {
  namesOf(image: PlannedImage): readonly Reference[];
}

/**
 * Names in full stay. A bare tag gets its repository from `name`, else from what the archive is
 * called. A `name` with a tag is for an archive of one image, and takes the place of all of its
 * names.
 * @throws ImageError `REFERENCE_INVALID`
 */
export function namingOf(options: {
  readonly name: string | undefined;
  readonly baseName: string | undefined;
  readonly images: number;
}): Naming {
  const { name, baseName, images } = options;
  const given = name === undefined ? undefined : parseReference(name);
  if (given?.digest !== undefined) refuse(name, "a digest cannot be given, it is what it is");
  if (given?.tag !== undefined && images !== 1) {
    refuse(
      name,
      `the archive holds ${images} images; leave the tag out to name them by their tags`,
    );
  }
  const repository = given ?? repositoryOf(baseName);
  return {
    namesOf({ names }) {
      if (given?.tag !== undefined) return [given];
      if (names.length === 0 && given !== undefined && images === 1) {
        return [{ ...given, tag: "latest" }];
      }
      return names.flatMap((planned) => {
        if ("reference" in planned) return [planned.reference];
        return repository === undefined ? [] : [{ ...repository, tag: planned.tag }];
      });
    },
  };
}

/**
 * What a file is called, as the name of a repository; `undefined` when nothing of it can be one.
 */
function repositoryOf(baseName: string | undefined): Reference | undefined {
  const path = (baseName ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/[._-]+/g, (run) => (/^(?:[._]|__|-+)$/.test(run) ? run : "-"))
    .replace(/^[._-]+|[._-]+$/g, "");
  return isRepositoryPath(path) ? parseReference(`docker.io/library/${path}`) : undefined;
}

function refuse(name: string | undefined, why: string): never {
  throw new ImageError("REFERENCE_INVALID", `load as ${JSON.stringify(name)}: ${why}`);
}
