import assert from "node:assert/strict";
import { describe, test } from "vitest";
import type { StoreStep } from "../../packages/store/src/index.ts";
import { makePlace } from "./support/place.ts";
import { assertRebuildsLater, assertRecovers, makeStory } from "./support/recovery.ts";
import { runUntilDeath } from "./support/scenario.ts";
import { StoreProcess } from "./support/store-process.ts";

const place = await makePlace("crash");
const story = await makeStory(place.next());

/** Every step there is; each is reached by one of the two ways to settle. */
const STEPS: Record<StoreStep, true> = {
  "session-started": true,
  "staged-written": true,
  "staged-synced": true,
  "chunks-claimed": true,
  "block-written": true,
  "pack-synced": true,
  "chunks-indexed": true,
  "recipe-written": true,
  rebuilt: true,
  "blob-indexed": true,
  "staged-dropped": true,
  "journal-written": true,
  "tag-indexed": true,
  "format-raised": true,
  "members-indexed": true,
  "blobs-forgotten": true,
  "blocks-moved": true,
  "chunks-forgotten": true,
  "pack-removed": true,
};

const reached = {
  inline: await countSteps("inline"),
  deferred: await countSteps("deferred"),
};

test("every step is reached", () => {
  const names = new Set([...Object.keys(reached.inline), ...Object.keys(reached.deferred)]);
  assert.deepEqual([...names].sort(), Object.keys(STEPS).sort());
});

for (const settle of ["inline", "deferred"] as const) {
  describe.concurrent(`killed while it settles ${settle}`, () => {
    for (const [step, count] of Object.entries(reached[settle])) {
      if (settle === "deferred" && count <= (reached.inline[step as StoreStep] ?? 0)) continue;
      for (const occurrence of new Set([1, count])) {
        test(`at ${step}, the ${occurrence} of ${count}`, async () => {
          const path = place.next();
          const killAt = { step: step as StoreStep, occurrence };
          await using child = await StoreProcess.start({ path, settle, killAt });
          const done = await runUntilDeath(child, story.commands);
          assert.equal((await child.exited).signal, "SIGKILL", child.stderr);
          if (occurrence > 1) await assertRebuildsLater(story, { path, settle, done });
          else await assertRecovers(story, { path, settle, done });
        });
      }
    }
  });
}

async function countSteps(
  settle: "inline" | "deferred",
): Promise<Partial<Record<StoreStep, number>>> {
  await using child = await StoreProcess.start({ path: place.next(), settle });
  await runUntilDeath(child, story.commands);
  return await child.call({ op: "steps" });
}
