import { expect, test } from "vitest";
import { collect, streamOf } from "../testing/files.ts";
import { peek, untilAborted } from "./pieces.ts";

test.each([0, 1, 5, 9, 10, 11])("peeking at %i bytes of ten loses none", async (lengthBytes) => {
  const bytes = Buffer.from("0123456789");
  const { head, rest } = await peek(streamOf(bytes, 3), lengthBytes);
  expect(head.length).toBeGreaterThanOrEqual(Math.min(lengthBytes, 10));
  expect(bytes.indexOf(head)).toBe(0);
  expect((await collect(rest)).toString()).toBe("0123456789");
});

test("a source that is left early is told", async () => {
  let ended = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from("again and again");
    } finally {
      ended += 1;
    }
  }
  for await (const _ of untilAborted(source(), undefined)) break;
  for await (const _ of (await peek(source(), 3)).rest) break;
  expect(ended).toBe(2);
});

test("a source that never answers is left when the signal says so", async () => {
  const silent: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
  };
  const controller = new AbortController();
  const reason = new Error("enough");
  const work = collect(untilAborted(silent, controller.signal));
  controller.abort(reason);
  await expect(work).rejects.toBe(reason);
});
