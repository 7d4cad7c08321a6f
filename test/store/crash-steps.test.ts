import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { describe, test } from "vitest";
import { hasCode, type Store } from "../../packages/content/src/index.ts";
import { createMemoryStore } from "../../packages/content/src/memory/index.ts";
import { openStore, type StoreStep } from "../../packages/store/src/index.ts";
import type { Command } from "./support/commands.ts";
import { makePlace } from "./support/place.ts";
import { contextOf, runCommand } from "./support/run-command.ts";
import { makeScenario, runUntilDeath } from "./support/scenario.ts";
import { assertLeavesNoGarbage, assertVerifies, type State, stateOf } from "./support/state.ts";
import { StoreProcess } from "./support/store-process.ts";

const place = await makePlace("crash");
const files = place.next();
await mkdir(files);
const commands = await makeScenario(files);
const states = await statesOf(commands);

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
          const done = await dieAt({
            path,
            settle,
            killAt: { step: step as StoreStep, occurrence },
          });
          await assertRecovers({ path, settle }, done);
        });
      }
    }
  });
}

/** Returns how many commands were acknowledged. */
async function dieAt(options: Parameters<typeof StoreProcess.start>[0]): Promise<number> {
  await using child = await StoreProcess.start(options);
  const done = await runUntilDeath(child, commands);
  assert.equal((await child.exited).signal, "SIGKILL", child.stderr);
  return done;
}

async function assertRecovers(
  { path, settle }: { path: string; settle: "inline" | "deferred" },
  done: number,
): Promise<void> {
  await using store = await openStore(path, { settle, threads: 1 });
  const state = await stateOf(store);
  // The command under way was done or it was not; `collect` has more than one moment.
  assert.ok(isOneOf(state, [states[done]!, states[done + 1]!]), JSON.stringify(state));
  await assertVerifies(store);
  for (const command of commands.slice(done)) await runAgain(store, command);
  assert.deepEqual(await stateOf(store), states.at(-1));
  await assertVerifies(store);
  await assertLeavesNoGarbage(store);
}

/** What was done before the process died is refused the second time, by its code. */
async function runAgain(store: Store, command: Command): Promise<void> {
  await runCommand(contextOf(store), command).catch((error: unknown) => {
    if (!hasCode(error, "INGEST_UNKNOWN")) throw error;
  });
}

function isOneOf(state: State, allowed: readonly State[]): boolean {
  return allowed.some((one) => JSON.stringify(one) === JSON.stringify(state));
}

/** What a store shows before the first command, and after each. */
async function statesOf(commands: readonly Command[]): Promise<State[]> {
  await using model = createMemoryStore();
  const states = [await stateOf(model)];
  for (const command of commands) {
    await runCommand(contextOf(model), command);
    states.push(await stateOf(model));
  }
  return states;
}

async function countSteps(
  settle: "inline" | "deferred",
): Promise<Partial<Record<StoreStep, number>>> {
  await using child = await StoreProcess.start({ path: place.next(), settle });
  await runUntilDeath(child, commands);
  return await child.call({ op: "steps" });
}
