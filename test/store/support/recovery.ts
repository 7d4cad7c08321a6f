import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp } from "node:fs/promises";
import { hasCode, type Store } from "../../../packages/content/src/index.ts";
import { createMemoryStore } from "../../../packages/content/src/memory/index.ts";
import { openStore, rebuildIndex } from "../../../packages/store/src/index.ts";
import type { Command } from "./commands.ts";
import { contextOf, runCommand } from "./run-command.ts";
import { makeScenario } from "./scenario.ts";
import { assertLeavesNoGarbage, assertVerifies, type State, stateOf } from "./state.ts";

/** A scenario, and what a store shows at each point of it. */
export interface Story {
  readonly commands: readonly Command[];
  /** Before the first command, and after each. */
  readonly states: readonly State[];
}

export async function makeStory(directory: string): Promise<Story> {
  await mkdir(directory);
  const commands = await makeScenario(directory);
  await using model = createMemoryStore();
  const states = [await stateOf(model)];
  for (const command of commands) {
    await runCommand(contextOf(model), command);
    states.push(await stateOf(model));
  }
  return { commands, states };
}

/** A store whose process died after it had acknowledged `done` commands. */
export interface DeadStore {
  readonly path: string;
  readonly settle: "inline" | "deferred";
  readonly done: number;
}

/**
 * What was acknowledged is there, the command under way was done or was not, the story goes on to its end, and nothing is
 * left over.
 */
export async function assertRecovers(story: Story, dead: DeadStore): Promise<void> {
  await goOn(story, { ...dead, to: story.commands.length });
  const { path, settle } = dead;
  await using store = await openStore(path, { settle, threads: 1 });
  assert.deepEqual(await stateOf(store), story.states.at(-1));
  await assertVerifies(store);
  await assertLeavesNoGarbage(store);
}

/**
 * What the dead process left behind does not get in the way of a rebuild that comes later. The last command is a collection,
 * which would clear it away.
 */
export async function assertRebuildsLater(story: Story, dead: DeadStore): Promise<void> {
  const last = story.commands.length - 1;
  if (dead.done > last) return;
  await goOn(story, { ...dead, to: last });
  await assertRebuilds(story, { ...dead, done: last });
}

async function goOn(story: Story, dead: DeadStore & { readonly to: number }): Promise<void> {
  const { path, settle, done, to } = dead;
  await using store = await openStore(path, { settle, threads: 1 });
  await assertConsistent(story, store, done);
  for (const command of story.commands.slice(done, to)) await runAgain(store, command);
}

/** The same holds when the index is lost too. */
export async function assertRebuilds(
  story: Story,
  { path, settle, done }: DeadStore,
): Promise<void> {
  const copy = await mkdtemp(`${path}-rebuilt-`);
  await cp(path, copy, { recursive: true });
  assert.deepEqual((await rebuildIndex(copy)).losses, []);
  await using store = await openStore(copy, { settle, threads: 1 });
  await assertConsistent(story, store, done);
  await assertLeavesNoGarbage(store);
}

async function assertConsistent({ states }: Story, store: Store, done: number): Promise<void> {
  const state = await stateOf(store);
  const allowed = states.slice(done, done + 2);
  assert.ok(
    allowed.some((one) => JSON.stringify(one) === JSON.stringify(state)),
    `${JSON.stringify(state)} is none of ${JSON.stringify(allowed)}`,
  );
  await assertVerifies(store);
}

/** What was done before the process died is refused the second time, by its code. */
async function runAgain(store: Store, command: Command): Promise<void> {
  await runCommand(contextOf(store), command).catch((error: unknown) => {
    if (!hasCode(error, "INGEST_UNKNOWN")) throw error;
  });
}
