import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { inTurns } from "./turns.ts";

const exchange = (url: string, destroyed = false) =>
  [{ url } as IncomingMessage, { destroyed } as ServerResponse] as const;

test("a few requests begin in each turn, in the order in which they came", async () => {
  const begun: string[] = [];
  const listener = inTurns((request) => void begun.push(request.url!), 2);
  for (const url of ["a", "b", "c", "d", "e"]) listener(...exchange(url));
  expect(begun).toEqual(["a", "b"]);
  await turn();
  expect(begun).toEqual(["a", "b", "c", "d"]);
  // Not before those that came earlier.
  listener(...exchange("f"));
  await turn();
  expect(begun).toEqual(["a", "b", "c", "d", "e", "f"]);
  await turn();
  listener(...exchange("g"));
  expect(begun.at(-1)).toBe("g");
});

test("a request whose client went away is not begun, and holds up nobody", async () => {
  const begun: string[] = [];
  const listener = inTurns((request) => void begun.push(request.url!), 1);
  listener(...exchange("a"));
  listener(...exchange("gone", true));
  listener(...exchange("b"));
  await turn();
  await turn();
  expect(begun).toEqual(["a", "b"]);
});
