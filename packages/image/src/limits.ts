const MIB = 1024 * 1024;

/** Every number that bounds what an archive can make this package keep in memory. */
export interface ImageLimits {
  /** A manifest, an index or a config is at most this large: what registries accept. */
  readonly documentBytes: number;
  /** All documents of one archive together. */
  readonly documentsBytes: number;
  /** An index may hold an index, down to this depth. */
  readonly indexDepth: number;
  /** Members of an archive. */
  readonly members: number;
  /**
   * Of an archive that can be read once only: members up to `documentBytes` are kept until they
   * reach this.
   */
  readonly keptBytes: number;
  /** Links that lead to a member: more are a circle. */
  readonly linkHops: number;
}

export const IMAGE_LIMITS: ImageLimits = {
  documentBytes: 4 * MIB,
  documentsBytes: 128 * MIB,
  indexDepth: 8,
  members: 250_000,
  keptBytes: 64 * MIB,
  linkHops: 40,
};
