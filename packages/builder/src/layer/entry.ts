/** One entry of a layer that is being made. */
export type LayerEntry = EntryCommon &
  (
    | { readonly type: "directory" }
    | { readonly type: "symlink" | "link"; readonly linkname: string }
    | {
        readonly type: "file";
        readonly sizeBytes: number;
        /** May be called more than once, and gives the same bytes each time. */
        open(): AsyncIterable<Uint8Array>;
      }
  );

interface EntryCommon {
  /** From the root of the image, without a slash at either end. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970; the build's own time when there is none. */
  readonly mtimeSeconds?: number | undefined;
  /** Where its bytes stand in a tar, which is read once when entries come in this order. */
  readonly order?: number | undefined;
}

/**
 * In the order of the bytes of their paths, whatever order a directory has them in; then what is from a tar, as it stands there. The
 * same entries are the same layer.
 */
export function byPlace(a: LayerEntry, b: LayerEntry): number {
  const byOrder = (a.order ?? -1) - (b.order ?? -1);
  return byOrder || Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
}
