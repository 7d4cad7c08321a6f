/**
 * Works on `items`, a few at a time. At the first failure the signal that the work gets says stop,
 * and what is under way is waited for, so that nothing runs on behind the caller's back.
 */
export async function inParallel<Item>(
  items: Iterable<Item>,
  options: { readonly atOnce: number; readonly signal?: AbortSignal | undefined },
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const rest = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;

  async function runner(): Promise<void> {
    try {
      for (let next = rest.next(); next.done !== true; next = rest.next()) {
        signal.throwIfAborted();
        await work(next.value, signal);
      }
    } catch (error) {
      failure ??= { error };
      stop.abort(error);
    }
  }

  await Promise.all(Array.from({ length: Math.max(1, options.atOnce) }, runner));
  if (failure !== undefined) throw failure.error;
}
