import { type Descriptor, isDigest, type Platform } from "@shale/content";
import { ImageError } from "./errors.ts";
import { IMAGE_LIMITS } from "./limits.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads JSON that came from outside. `what` names the document in errors, which never quote its
 * content.
 * @throws ImageError `DOCUMENT_TOO_LARGE`, `DOCUMENT_INVALID`
 */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  if (bytes.length > IMAGE_LIMITS.documentBytes) throw tooLarge(what, bytes.length);
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch (cause) {
    throw new ImageError("DOCUMENT_INVALID", `read ${what}: it is not JSON in UTF-8`, { cause });
  }
}

export function tooLarge(what: string, sizeBytes: number): ImageError {
  return new ImageError(
    "DOCUMENT_TOO_LARGE",
    `read ${what}: ${sizeBytes} bytes, at most ${IMAGE_LIMITS.documentBytes} are read`,
  );
}

export function invalid(what: string, why: string): ImageError {
  return new ImageError("DOCUMENT_INVALID", `read ${what}: ${why}`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws ImageError `DOCUMENT_INVALID` */
export function asObject(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value;
  throw invalid(what, "it is not a JSON object");
}

/** Go writes `null` for an empty list, and leaves empty lists out. */
export function asList(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw invalid(what, "it is not a list");
}

/** @throws ImageError `DOCUMENT_INVALID` */
export function asStrings(value: unknown, what: string): readonly string[] {
  return asList(value, what).map((item) => {
    if (typeof item === "string") return item;
    throw invalid(what, "an item of it is not text");
  });
}

/**
 * OCI image-spec, descriptor.md: type, digest and size are required.
 * @throws ImageError `DOCUMENT_INVALID`
 */
export function asDescriptor(value: unknown, what: string): Descriptor {
  const { mediaType, digest, size, annotations, platform, urls } = asObject(value, what);
  if (typeof mediaType !== "string" || mediaType === "") throw invalid(what, "it has no mediaType");
  if (typeof digest !== "string" || !isDigest(digest)) throw invalid(what, "its digest is none");
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw invalid(what, "its size is none");
  return {
    mediaType,
    digest,
    size: size as number,
    ...(isObject(annotations) && { annotations: textOnly(annotations) }),
    ...(isPlatform(platform) && { platform }),
    ...(Array.isArray(urls) && { urls: asStrings(urls, `the urls of ${what}`) }),
  };
}

function isPlatform(value: unknown): value is Platform {
  return isObject(value) && typeof value.os === "string" && typeof value.architecture === "string";
}

/** What of a map is text; nothing else can be an annotation. */
export function textOnly(annotations: JsonObject): Record<string, string> {
  const entries = Object.entries(annotations).filter(([, text]) => typeof text === "string");
  return Object.fromEntries(entries) as Record<string, string>;
}
