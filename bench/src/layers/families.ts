import { mkdir, readFile, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Digest, digestHex, hasCode, parseDigest } from "@shale/content";
import { run } from "../command.ts";
import { beginLayout, blobsPathOf, finishLayout, type Layout } from "./layout.ts";

/** A family of real images, as `bench/families/build.sh` leaves it. */
export interface Family {
  readonly name: string;
  /** An OCI layout of all images, with the gzip blobs as they were pushed. */
  readonly layoutPath: string;
  readonly images: readonly FamilyImage[];
}

export interface FamilyImage {
  readonly name: string;
  /** A docker archive. */
  readonly archivePath: string;
  readonly layers: readonly FamilyLayer[];
}

export interface FamilyLayer {
  /** Of the gzip blob that was pushed. */
  readonly digest: string;
  readonly diffId: Digest;
  readonly gzipBytes: number;
}

/** No families were built on this machine. */
export class FamiliesMissing extends Error {}

/** @throws FamiliesMissing; Error when a name is not one of theirs */
export async function readFamilies(names?: readonly string[]): Promise<Family[]> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const directory = process.env.SHALE_FAMILIES || join(cache, "shale-families");
  const path = join(directory, "families.json");
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (!hasCode(error, "ENOENT")) throw error;
    const hint = "build them with bench/families/build.sh, or measure with --smoke";
    throw new FamiliesMissing(`read image families: there is no ${path}; ${hint}`);
  });
  const families = (JSON.parse(text) as FamiliesFile).families.map(({ name, images }) => ({
    name,
    layoutPath: join(directory, name, "oci"),
    images: images.map(({ archive, layers, ...image }) => ({
      name: image.name,
      archivePath: join(directory, archive),
      layers: layers.map(({ digest, diffId, gzipBytes }) => ({
        digest,
        diffId: parseDigest(diffId),
        gzipBytes,
      })),
    })),
  }));
  const known = families.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`read image family ${JSON.stringify(unknown)}: there are ${known.join(", ")}`);
  }
  return families.filter(({ name }) => names?.includes(name) ?? true);
}

interface FamiliesFile {
  readonly families: readonly {
    readonly name: string;
    readonly images: readonly {
      readonly name: string;
      readonly archive: string;
      readonly layers: readonly {
        readonly digest: string;
        readonly diffId: string;
        readonly gzipBytes: number;
      }[];
    }[];
  }[];
}

/** Every layer of the families once, as a layout. */
export async function familyLayout(families: readonly Family[], path: string): Promise<Layout> {
  await beginLayout(path);
  const unpacked = join(path, "unpacked");
  await mkdir(unpacked);
  const digests = new Set<Digest>();
  for (const { archivePath, layers } of families.flatMap(({ images }) => images)) {
    const missing = new Set(layers.flatMap(({ diffId }) => (digests.has(diffId) ? [] : diffId)));
    if (missing.size === 0) continue;
    // skopeo names the members of a docker archive by diffID.
    const members = [...missing].map((diffId) => `${digestHex(diffId)}.tar`);
    await run(["tar", "-xf", archivePath, "-C", unpacked, ...members]);
    for (const diffId of missing) {
      const hex = digestHex(diffId);
      await rename(join(unpacked, `${hex}.tar`), join(blobsPathOf(path), hex));
      digests.add(diffId);
    }
  }
  return await finishLayout(path, [...digests]);
}
