/**
 * Gives the pieces of `source` until the signal says stop, even when the source never gives another
 * one.
 */
export async function* untilAborted(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const pieces = source[Symbol.asyncIterator]();
  const stop = Promise.withResolvers<never>();
  stop.promise.catch(() => {});
  const onAbort = () => stop.reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  let running = true;
  try {
    for (;;) {
      const next = await Promise.race([pieces.next(), stop.promise]);
      if (next.done === true) break;
      yield next.value;
    }
    running = false;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    // Not awaited: a source that is stuck would keep us waiting for its return, too.
    if (running) pieces.return?.().catch(() => {});
  }
}

/** Splits off the beginning of a stream. `rest` gives everything, the beginning included. */
export async function peek(
  pieces: AsyncIterable<Uint8Array>,
  lengthBytes: number,
): Promise<{ readonly head: Uint8Array; readonly rest: AsyncIterable<Uint8Array> }> {
  const iterator = pieces[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < lengthBytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  return { head, rest: resume(head, iterator) };
}

async function* resume(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ended = false;
  try {
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      yield next.value;
    }
    ended = true;
  } finally {
    if (!ended) await iterator.return?.();
  }
}
