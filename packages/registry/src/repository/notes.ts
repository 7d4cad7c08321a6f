import { type Digest, isDigest } from "@shale/content";
import type { Index, Manifest } from "@shale/image";

/** What is noted with a manifest that is a member: what cannot be read from it, and what lists look for. */
export interface ManifestNote {
  /** As it was pushed: a document need not say its own type. */
  readonly mediaType: string;
  /** The manifest that it speaks of. */
  readonly subject?: Digest;
}

export function noteOf({ mediaType, subject }: Manifest | Index): string {
  const note: ManifestNote = { mediaType, ...(subject && { subject: subject.digest }) };
  return JSON.stringify(note);
}

/** `undefined` for a note that somebody else wrote. */
export function parseNote(text: string): ManifestNote | undefined {
  try {
    const { mediaType, subject } = JSON.parse(text) as Partial<ManifestNote>;
    if (typeof mediaType !== "string") return undefined;
    if (subject === undefined) return { mediaType };
    return isDigest(subject) ? { mediaType, subject } : undefined;
  } catch {
    return undefined;
  }
}
