import fc from "fast-check";
import { expect, test } from "vitest";
import { OrdinalSet } from "./ordinal-set.ts";

const runs = fc.array(
  fc.record({
    firstOrdinal: fc.oneof(
      fc.nat({ max: 200_000 }),
      fc.nat({ max: 2 ** 31 }).map((n) => n + 2 ** 46),
    ),
    count: fc.integer({ min: 1, max: 300 }),
  }),
  { maxLength: 20 },
);

test("holds what was added and nothing else, like a set", () => {
  fc.assert(
    fc.property(runs, runs, (added, asked) => {
      const model = new Set<number>();
      const ordinals = new OrdinalSet();
      for (const run of added) {
        ordinals.add(run);
        for (let i = 0; i < run.count; i++) model.add(run.firstOrdinal + i);
      }
      for (const run of [...added, ...asked]) {
        const inModel = Array.from({ length: run.count }, (_, i) =>
          model.has(run.firstOrdinal + i),
        );
        expect(ordinals.countOf(run)).toBe(inModel.filter(Boolean).length);
        expect(ordinals.has(run.firstOrdinal)).toBe(inModel[0]);
      }
    }),
  );
});
