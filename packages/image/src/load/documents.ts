import { createHash } from "node:crypto";
import {
  ContentError,
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestFromBytes,
  type Store,
} from "@shale/content";
import { type Member, type Members, readMember } from "../archive/members.ts";
import { ImageError } from "../errors.ts";
import { IMAGE_LIMITS } from "../limits.ts";
import type { PlannedDocument } from "./plan.ts";

/** Reads the documents of one archive, within what may be kept of them. */
export interface Documents {
  readonly members: Members;
  /** `undefined` when there is no such file. */
  find(path: string): Promise<Uint8Array | undefined>;
  /**
   * A member whose digest is known from elsewhere.
   * @throws ContentError `DIGEST_MISMATCH`
   * @throws ImageError `DOCUMENT_TOO_LARGE`
   */
  read(member: Member, digest: Digest): Promise<PlannedDocument>;
}

export function documentsOf(
  store: Store,
  members: Members,
  options: { readonly signal?: AbortSignal },
): Documents {
  let keptBytes = 0;

  async function read(member: Member, what: string): Promise<Uint8Array> {
    const bytes = await readMember(store, member, { ...options, what });
    keptBytes += bytes.length;
    if (keptBytes <= IMAGE_LIMITS.documentsBytes) return bytes;
    throw new ImageError(
      "DOCUMENT_TOO_LARGE",
      `read ${what}: the documents so far have ${keptBytes} bytes, at most ` +
        `${IMAGE_LIMITS.documentsBytes} are read; load the images in several archives`,
    );
  }

  return {
    members,
    async find(path) {
      const member = await members.find(path);
      return member === undefined ? undefined : read(member, path);
    },
    async read(member, digest) {
      const bytes = await read(member, digest);
      const actual = digestOf(bytes, digestAlgorithm(digest));
      if (actual === digest) return { bytes, digest };
      throw new ContentError("DIGEST_MISMATCH", `read ${digest}: the archive has ${actual}`);
    },
  };
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return digestFromBytes(algorithm, createHash(algorithm).update(bytes).digest());
}
