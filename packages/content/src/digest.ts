import { ContentError } from "./errors.ts";

declare const brand: unique symbol;

/** `sha256:<64 hex>` or `sha512:<128 hex>`, lower case: the name of a blob. OCI image-spec, descriptor.md, "Digests". */
export type Digest = string & { readonly [brand]: "Digest" };

/** The digest of a layer's uncompressed tar. OCI image-spec, config.md, "Layer DiffID". */
export type DiffId = string & { readonly [brand]: "DiffId" };

/** The digest that names a stack of layers up to and including one. OCI image-spec, config.md, "Layer ChainID". */
export type ChainId = string & { readonly [brand]: "ChainId" };

export type DigestAlgorithm = "sha256" | "sha512";

const HEX_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };
const KEY_TAG: Readonly<Record<DigestAlgorithm, number>> = { sha256: 1, sha512: 2 };
const SHAPE = /^(sha256|sha512):([0-9a-f]+)$/;

/** Whether `text` is a digest this project can compute. */
export function isDigest(text: string): text is Digest {
  const match = SHAPE.exec(text);
  return match !== null && match[2]!.length === HEX_LENGTH[match[1] as DigestAlgorithm];
}

/**
 * Reads a digest strictly: no upper case, no other algorithm, no white space.
 * @throws ContentError `DIGEST_INVALID`
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new ContentError(
    "DIGEST_INVALID",
    `parse digest ${JSON.stringify(text)}: expected sha256:<64 hex digits> or sha512:<128 hex digits>`,
  );
}

/** @throws ContentError `DIGEST_INVALID` */
export function parseDiffId(text: string): DiffId {
  return parseDigest(text) as string as DiffId;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

export function digestHex(digest: Digest | DiffId | ChainId): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The raw hash, 32 or 64 bytes. */
export function digestBytes(digest: Digest): Uint8Array {
  return Buffer.from(digestHex(digest), "hex");
}

/** @throws ContentError `DIGEST_INVALID` when the number of bytes is not the algorithm's */
export function digestFromBytes(algorithm: DigestAlgorithm, hash: Uint8Array): Digest {
  return parseDigest(`${algorithm}:${Buffer.from(hash).toString("hex")}`);
}

/** A digest as a binary key: one byte for the algorithm, then the raw hash. */
export function digestKey(digest: Digest): Buffer {
  const algorithm = digestAlgorithm(digest);
  return Buffer.concat([Uint8Array.of(KEY_TAG[algorithm]), digestBytes(digest)]);
}

/**
 * The inverse of {@link digestKey}.
 * @throws ContentError `DIGEST_INVALID`
 */
export function digestFromKey(key: Uint8Array): Digest {
  const algorithm = key[0] === KEY_TAG.sha512 ? "sha512" : "sha256";
  if (key[0] !== KEY_TAG[algorithm]) {
    throw new ContentError("DIGEST_INVALID", `read digest key: unknown algorithm ${key[0]}`);
  }
  return digestFromBytes(algorithm, key.subarray(1));
}

/** A layer's uncompressed digest, seen as the name of the plain tar blob that it is. */
export function diffIdAsDigest(diffId: DiffId): Digest {
  return diffId as string as Digest;
}

/** The digest of a blob that is known to be a plain tar, seen as its diffID. */
export function digestAsDiffId(digest: Digest): DiffId {
  return digest as string as DiffId;
}
