import { type Descriptor, digestHex } from "@shale/content";
import type { FileLink, Files } from "./files.ts";
import { blobPath, digestOf, json, type SampleImage, sampleIndex } from "./images.ts";

export interface NamedSample {
  readonly image: SampleImage;
  /** As docker shows them. */
  readonly names: readonly string[];
}

type Tree = Record<string, Uint8Array | FileLink>;

/** `docker save` before version 25: a folder for each layer, repeated ones linked to the first. */
export function classicArchive(
  samples: readonly NamedSample[],
  options: { readonly repeat?: "symlink" | "link" | "copy" } = {},
): Files {
  const { repeat = "symlink" } = options;
  const files: Tree = {};
  const firstOf = new Map<string, string>();
  const manifest = samples.map(({ image, names }, number) => {
    const layers = image.layers.map(({ tar }, at) => {
      const path = `layer-${number}-${at}/layer.tar`;
      const first = firstOf.get(digestOf(tar));
      const linked = first !== undefined && repeat !== "copy";
      const target = repeat === "symlink" ? `../${first}` : first!;
      files[path] = linked ? { link: target, type: repeat } : tar;
      files[path.replace("layer.tar", "VERSION")] = Buffer.from("1.0");
      if (first === undefined) firstOf.set(digestOf(tar), path);
      return path;
    });
    const config = `${digestHex(digestOf(image.config))}.json`;
    files[config] = image.config;
    return { Config: config, RepoTags: names.length === 0 ? null : names, Layers: layers };
  });
  files["manifest.json"] = json(manifest);
  return files;
}

/** skopeo's docker-archive: layers by their diffID, linked from folders of an older form. */
export function skopeoArchive(samples: readonly NamedSample[]): Files {
  const files: Tree = {};
  const manifest = samples.map(({ image, names }) => {
    const layers = image.layers.map(({ tar }, at) => {
      const path = `${digestHex(digestOf(tar))}.tar`;
      files[path] = tar;
      files[`legacy-${digestHex(digestOf(image.config))}-${at}/layer.tar`] = {
        link: `../${path}`,
        type: "symlink",
      };
      return path;
    });
    const config = `${digestHex(digestOf(image.config))}.json`;
    files[config] = image.config;
    return { Config: config, RepoTags: names, Layers: layers };
  });
  files["manifest.json"] = json(manifest);
  return files;
}

/** An OCI layout. The descriptors go into index.json as they are. */
export function layoutOf(descriptors: readonly Descriptor[], blobs: readonly Uint8Array[]): Files {
  const files: Tree = { "oci-layout": json({ imageLayoutVersion: "1.0.0" }) };
  for (const blob of blobs) files[blobPath(digestOf(blob))] = blob;
  files["index.json"] = sampleIndex(descriptors);
  return files;
}

/** An OCI layout of images, under names of index.json. */
export function ociLayout(
  samples: readonly NamedSample[],
  annotation = "org.opencontainers.image.ref.name",
): Files {
  const descriptors = samples.flatMap(({ image, names }) =>
    names.length === 0
      ? [image.descriptor]
      : names.map((name) => ({ ...image.descriptor, annotations: { [annotation]: name } })),
  );
  return layoutOf(
    descriptors,
    samples.flatMap(({ image }) => blobsOf(image)),
  );
}

/** `docker save` since version 25: an OCI layout that has a manifest.json, too. */
export function combinedArchive(samples: readonly NamedSample[]): Files {
  const manifest = samples.map(({ image, names }) => ({
    Config: blobPath(digestOf(image.config)),
    RepoTags: names.length === 0 ? null : names,
    Layers: image.layers.map(({ blob }) => blobPath(digestOf(blob))),
  }));
  return { ...ociLayout(samples, "io.containerd.image.name"), "manifest.json": json(manifest) };
}

export function blobsOf(image: SampleImage): Uint8Array[] {
  return [...image.layers.map(({ blob }) => blob), image.config, image.manifest];
}
