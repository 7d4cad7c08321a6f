import fc from "fast-check";
import { expect, test } from "vitest";
import { renderTable } from "./table.ts";

test("columns start under each other, numbers end under each other", () => {
  const rows = [
    ["NAME", "SIZE", "NOTE"],
    ["a", "1.5GB", ""],
    ["longer", "7B", "x y"],
  ];
  expect(renderTable(rows)).toBe(
    ["NAME     SIZE    NOTE", "a        1.5GB", "longer   7B      x y", ""].join("\n"),
  );
  expect(renderTable(rows, { right: [1] })).toBe(
    ["NAME      SIZE   NOTE", "a        1.5GB", "longer      7B   x y", ""].join("\n"),
  );
});

test("no rows are no text", () => {
  expect(renderTable([])).toBe("");
});

test("every cell stands in its column, and no line ends in a space", () => {
  const cell = fc.stringMatching(/^[a-z0-9:/.]{0,12}$/);
  const rows = fc
    .integer({ min: 1, max: 5 })
    .chain((width) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }),
    );
  fc.assert(
    fc.property(rows, (table) => {
      const lines = renderTable(table).split("\n").slice(0, -1);
      expect(lines).toHaveLength(table.length);
      let start = 0;
      for (const column of table[0]!.keys()) {
        const width = Math.max(...table.map((row) => row[column]!.length));
        for (const [row, line] of lines.entries()) {
          expect(line.slice(start, start + width).trimEnd()).toBe(table[row]![column]);
          expect(line).toBe(line.trimEnd());
        }
        start += width + 3;
      }
    }),
  );
});
