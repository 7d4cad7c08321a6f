/** Called with the number of bytes by which work advanced. */
export type OnProgress = (advancedBytes: number) => void;

/** Work that starts over does not advance what was counted before. */
export function atMost(sizeBytes: number, onProgress: OnProgress | undefined): OnProgress {
  let left = sizeBytes;
  return (advancedBytes) => {
    const counted = Math.min(left, advancedBytes);
    left -= counted;
    if (counted > 0) onProgress?.(counted);
  };
}

/** Counts one part of the work, of another size, as bytes of the whole. */
export function portion(
  onProgress: OnProgress | undefined,
  { of, to }: { readonly of: number; readonly to: number },
): OnProgress {
  let done = 0;
  return (advancedBytes) => {
    const before = of > 0 ? Math.floor((done / of) * to) : to;
    done = Math.min(of, done + advancedBytes);
    const after = of > 0 ? Math.floor((done / of) * to) : to;
    if (after > before) onProgress?.(after - before);
  };
}
