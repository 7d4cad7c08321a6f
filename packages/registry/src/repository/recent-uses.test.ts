import type { Digest } from "@shale/content";
import { expect, test, vi } from "vitest";
import { RecentUses } from "./recent-uses.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as Digest;
const KEPT_MS = 1000;

function usesAt() {
  const clock = { nowMs: 0 };
  const uses = new RecentUses({ keptMs: KEPT_MS, nowMs: () => clock.nowMs });
  const remove = vi.fn(async () => true);
  return { clock, uses, takeOut: () => uses.takeOut("a", DIGEST, remove), remove };
}

test("a young server takes nothing out: it does not know what was used before", async () => {
  const { clock, takeOut, remove } = usesAt();
  clock.nowMs = KEPT_MS - 1;
  expect(await takeOut()).toBe(false);
  expect(remove).not.toHaveBeenCalled();
  clock.nowMs = KEPT_MS;
  expect(await takeOut()).toBe(true);
});

test("what was used stays as long as it is kept, and goes after twice that at the latest", async () => {
  const { clock, uses, takeOut } = usesAt();
  for (const usedMs of [KEPT_MS, KEPT_MS * 4 - 1, KEPT_MS * 8 + 1]) {
    clock.nowMs = usedMs;
    await uses.note("a", DIGEST);
    clock.nowMs = usedMs + KEPT_MS - 1;
    expect(await takeOut()).toBe(false);
    clock.nowMs = usedMs + 2 * KEPT_MS;
    expect(await takeOut()).toBe(true);
  }
});

test("uses are of one repository", async () => {
  const { clock, uses, takeOut } = usesAt();
  clock.nowMs = KEPT_MS;
  await uses.note("b", DIGEST);
  expect(await takeOut()).toBe(true);
});

test("who counts on one that is being taken out waits until it is gone", async () => {
  const { clock, uses } = usesAt();
  clock.nowMs = KEPT_MS;
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const taken = uses.takeOut("a", DIGEST, async () => {
    await promise;
    order.push("gone");
    return true;
  });
  const noted = uses.note("a", DIGEST).then(() => order.push("noted"));
  resolve();
  await Promise.all([taken, noted]);
  expect(order).toEqual(["gone", "noted"]);
});
