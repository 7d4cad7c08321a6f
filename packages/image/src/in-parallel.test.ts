import { expect, test } from "vitest";
import { inParallel } from "./in-parallel.ts";

test("works on all items, so many at once and no more", async () => {
  let [running, most] = [0, 0];
  const done: number[] = [];
  await inParallel([1, 2, 3, 4, 5, 6, 7], { atOnce: 3 }, async (item) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test("the first failure is the one that is thrown, and what runs is told and waited for", async () => {
  const reason = new Error("bad item");
  let stopped = 0;
  const work = inParallel([1, 2, 3, 4], { atOnce: 2 }, async (item, signal) => {
    if (item === 2) throw reason;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    stopped += 1;
    throw new Error("stopped");
  });
  await expect(work).rejects.toBe(reason);
  expect(stopped).toBe(1);
});

test("starts nothing more when its signal says stop", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const begun: number[] = [];
  const options = { atOnce: 1, signal: controller.signal };
  const work = inParallel([1, 2, 3], options, async (item) => {
    begun.push(item);
    controller.abort(reason);
  });
  await expect(work).rejects.toBe(reason);
  expect(begun).toEqual([1]);
});
