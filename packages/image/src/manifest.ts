import type { Descriptor } from "@shale/content";
import { ImageError } from "./errors.ts";
import {
  asDescriptor,
  asList,
  asObject,
  invalid,
  isObject,
  type JsonObject,
  parseJson,
  textOnly,
} from "./json.ts";
import { isIndexType, isManifestType, OCI_INDEX, OCI_MANIFEST } from "./media-types.ts";

/** What a document may say of itself, whatever its kind. OCI image-spec, manifest.md and image-index.md. */
interface About {
  readonly mediaType: string;
  /** The manifest that it speaks of, as a signature does. */
  readonly subject?: Descriptor;
  /** What it is, when it is no image. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One image: a config and its layers, from the lowest up. */
export interface Manifest extends About {
  readonly kind: "manifest";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Several images under one name: one for each platform, their attestations, other indexes. */
export interface Index extends About {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

const MEANINGFUL = [
  ...["schemaVersion", "mediaType", "config", "layers", "manifests", "fsLayers"],
  ...["subject", "artifactType"],
];

/**
 * Reads a manifest or an index, and refuses what could be taken for both: what one program checks
 * and another runs must be the same thing (CVE-2021-41190). `statedType` is what the one who names
 * the document says that it is.
 * @throws ImageError `DOCUMENT_INVALID`, `DOCUMENT_AMBIGUOUS`, `DOCUMENT_TOO_LARGE`
 */
export function parseManifest(
  bytes: Uint8Array,
  options: { readonly what: string; readonly statedType?: string },
): Manifest | Index {
  const { what, statedType } = options;
  const document = asObject(parseJson(bytes, what), what);
  refuseAmbiguous(document, what);
  if (document.schemaVersion !== 2) throw invalid(what, "its schemaVersion is not 2");
  const isIndex = document.manifests !== undefined;
  const mediaType = typeOf(document.mediaType ?? statedType, { isIndex, what });
  if (statedType !== undefined && statedType !== mediaType) {
    throw ambiguous(what, `it is named as ${statedType} and says that it is ${mediaType}`);
  }
  const about = { mediaType, ...aboutOf(document, what) };
  if (isIndex) {
    const manifests = descriptors(document.manifests, `the manifests of ${what}`);
    return { kind: "index", ...about, manifests };
  }
  if (document.config === undefined) throw invalid(what, "it has neither manifests nor a config");
  return {
    kind: "manifest",
    ...about,
    config: asDescriptor(document.config, `the config of ${what}`),
    layers: descriptors(document.layers, `the layers of ${what}`),
  };
}

function aboutOf(document: JsonObject, what: string): Omit<About, "mediaType"> {
  const { subject, artifactType, annotations } = document;
  const isNamed = subject !== undefined && subject !== null;
  return {
    ...(isNamed && { subject: asDescriptor(subject, `the subject of ${what}`) }),
    ...(typeof artifactType === "string" && artifactType !== "" && { artifactType }),
    ...(isObject(annotations) && { annotations: textOnly(annotations) }),
  };
}

/**
 * A document of the other kind must not be found in it, nor one that others read without regard to
 * case.
 */
function refuseAmbiguous(document: JsonObject, what: string): void {
  const { manifests, layers, config, fsLayers } = document;
  if (manifests !== undefined && (layers !== undefined || config !== undefined)) {
    throw ambiguous(what, "it has manifests, as an index, and a config or layers, as an image");
  }
  if (fsLayers !== undefined) throw invalid(what, "fsLayers are of schema 1, which is not read");
  for (const key of Object.keys(document)) {
    const twin = MEANINGFUL.find(
      (name) => name !== key && name.toLowerCase() === key.toLowerCase(),
    );
    if (twin !== undefined) throw ambiguous(what, `some programs would read its ${key} as ${twin}`);
  }
}

function typeOf(mediaType: unknown, { isIndex, what }: { isIndex: boolean; what: string }): string {
  // OCI image-spec, manifest.md: the type may be left out. Docker's own documents always have it.
  if (mediaType === undefined) return isIndex ? OCI_INDEX : OCI_MANIFEST;
  const fits = isIndex ? isIndexType : isManifestType;
  if (typeof mediaType === "string" && fits(mediaType)) return mediaType;
  const kind = isIndex ? "an index" : "a manifest";
  throw ambiguous(what, `it reads as ${kind}, which ${String(mediaType)} is not`);
}

function descriptors(value: unknown, what: string): readonly Descriptor[] {
  return asList(value, what).map((item, at) => asDescriptor(item, `${what}, item ${at}`));
}

function ambiguous(what: string, why: string): ImageError {
  return new ImageError("DOCUMENT_AMBIGUOUS", `read ${what}: ${why}`);
}
