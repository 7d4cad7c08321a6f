import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import type { Lease } from "../../../packages/content/src/index.ts";
import { openStore, type StoreStep } from "../../../packages/store/src/index.ts";
import { type Answer, type Command, type ProcessOptions, STOPPED } from "./commands.ts";
import { runCommand } from "./run-command.ts";

/**
 * A process that has a store open, does what it is told line by line, and says when each thing is done: synchronously, so
 * that what was acknowledged before a kill is known to the one who reads.
 */
const {
  path,
  settle = "inline",
  cacheBytes = 0,
  stopAt,
  ...options
}: ProcessOptions = JSON.parse(process.argv[2]!);
let { killAt } = options;
const steps = new Map<StoreStep, number>();

function onStep(step: StoreStep): void {
  const count = (steps.get(step) ?? 0) + 1;
  steps.set(step, count);
  if (step === killAt?.step && count === killAt.occurrence) process.kill(process.pid, "SIGKILL");
  if (step === stopAt?.step && count === stopAt.occurrence) {
    say({ id: STOPPED, ok: true, value: undefined });
    process.kill(process.pid, "SIGSTOP");
  }
}

function say(answer: { readonly id: number } & Answer): void {
  writeSync(1, `${JSON.stringify(answer)}\n`);
}

function refusal(error: unknown): Answer {
  const { code, message } = error as { code?: string; message: string };
  return { ok: false, code: code ?? `uncoded: ${message}`, message };
}

// Processes that are killed do not save it themselves; without it each takes half a second to start.
flushCompileCache();
try {
  const store = await openStore(path, { settle, cacheBytes, threads: 1, onStep });
  const context = { store, steps, leases: new Map<string, Lease>() };
  say({ id: 0, ok: true, value: undefined });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, command } = JSON.parse(line) as { id: number; command: Command };
    if (command.op === "die") {
      const { step, occurrence } = command;
      killAt = { step, occurrence: (steps.get(step) ?? 0) + occurrence };
      say({ id, ok: true, value: undefined });
      continue;
    }
    void runCommand(context, command)
      .then((value): Answer => ({ ok: true, value }))
      .catch(refusal)
      .then((answer) => say({ id, ...answer }));
  }
} catch (error) {
  say({ id: 0, ...refusal(error) });
}
