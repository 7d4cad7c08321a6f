import fc from "fast-check";
import { expect, test } from "vitest";
import { median } from "./median.ts";
import { isMet } from "./row.ts";
import { asRates, best, inTurns, rowsOf } from "./turns.ts";

test("all contenders run in every round, and each comes first in its turn", async () => {
  const order: string[] = [];
  const contenders = ["a", "b", "c"].map((name) => ({
    name,
    run: async () => order.push(name),
  }));
  const samples = await inTurns(contenders, 4);
  expect(order.join("")).toBe("abcbcacababc");
  expect([...samples.keys()]).toEqual(["a", "b", "c"]);
  expect(samples.get("a")).toEqual([1, 6, 8, 10]);
});

test("a ratio is the median over the rounds, not of the medians", () => {
  const samples = new Map([
    ["ours", [1, 20, 300]],
    ["theirs", [1, 2, 100]],
  ]);
  const goal = { of: "ratio", is: "at most", limit: 3 } as const;
  const rows = rowsOf({
    group: "g",
    unit: "s",
    samples,
    baseline: "theirs",
    goals: { ours: goal },
  });
  expect(rows).toEqual([
    { name: "ours", group: "g", unit: "s", value: 20, runs: 3, baseline: "theirs", ratio: 3, goal },
    { name: "theirs", group: "g", unit: "s", value: 2, runs: 3 },
  ]);
  expect(isMet(rows[0]!)).toBe(true);
  expect(isMet(rows[1]!)).toBeUndefined();
});

test("without a baseline there is no ratio, and no goal of one is met or missed", () => {
  const goals = { ours: { of: "ratio", is: "at least", limit: 2 } } as const;
  const samples = new Map([["ours", [5]]]);
  const [row] = rowsOf({ group: "g", unit: "s", samples, baseline: "theirs", goals });
  expect(row).not.toHaveProperty("ratio");
  expect(isMet(row!)).toBeUndefined();
});

test("seconds become rates, and the best is the fastest of those asked for", () => {
  const rates = asRates(
    new Map([
      ["ours", [1]],
      ["slow", [4, 4, 4]],
      ["fast", [9, 2, 1]],
    ]),
    8e6,
  );
  expect(rates.get("slow")).toEqual([2, 2, 2]);
  expect(best(rates, ["slow", "fast", "absent"])).toBe("fast");
  expect(best(rates, ["absent"])).toBeUndefined();
});

test("half of the values are not above the median, half not below", () =>
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 20 }), (values) => {
      const middle = median(values);
      expect(values.filter((value) => value <= middle).length * 2).toBeGreaterThanOrEqual(
        values.length,
      );
      expect(values.filter((value) => value >= middle).length * 2).toBeGreaterThanOrEqual(
        values.length,
      );
    }),
  ));
