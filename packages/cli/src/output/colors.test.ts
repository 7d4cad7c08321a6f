import { expect, test } from "vitest";
import { colorsFor } from "./colors.ts";

const TERMINAL = { isTTY: true };

test("a terminal gets colours, a pipe does not", () => {
  expect(colorsFor(TERMINAL, {}).red("x")).not.toBe("x");
  expect(colorsFor({}, {}).red("x")).toBe("x");
});

test("NO_COLOR turns them off when it is not empty", () => {
  expect(colorsFor(TERMINAL, { NO_COLOR: "1" }).red("x")).toBe("x");
  expect(colorsFor(TERMINAL, { NO_COLOR: "" }).red("x")).not.toBe("x");
  expect(colorsFor(TERMINAL, { TERM: "dumb" }).red("x")).toBe("x");
});
