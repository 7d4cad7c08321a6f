import { setTimeout } from "node:timers/promises";
import { describe, test } from "vitest";
import { makePlace } from "./support/place.ts";
import { assertRebuilds, assertRecovers, makeStory } from "./support/recovery.ts";
import { runUntilDeath } from "./support/scenario.ts";
import { StoreProcess } from "./support/store-process.ts";

const place = await makePlace("crash-any-time");
const story = await makeStory(place.next());

const KILLS = 8;

describe.concurrent("killed from outside, wherever it is", () => {
  for (let kill = 0; kill < KILLS; kill++) {
    const settle = kill % 2 === 0 ? "inline" : "deferred";
    test(`kill ${kill}, ${settle}`, async () => {
      const path = place.next();
      await using child = await StoreProcess.start({ path, settle });
      const dying = runUntilDeath(child, story.commands);
      await Promise.race([dying, setTimeout(Math.random() * 100 * (kill + 1))]);
      await child.kill();
      const dead = { path, settle, done: await dying } as const;
      await assertRebuilds(story, dead);
      await assertRecovers(story, dead);
    });
  }
});
