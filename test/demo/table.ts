import type { FamilyRow } from "./measure.ts";

const COLUMNS: readonly [string, (row: FamilyRow) => string][] = [
  ["family", ({ family }) => family],
  ["images", ({ images }) => String(images)],
  ["layers", ({ layers }) => String(layers)],
  ["unique", ({ uniqueLayers }) => String(uniqueLayers)],
  ["logical", ({ logicalBytes }) => megabytes(logicalBytes)],
  ["registry", ({ registryBytes }) => megabytes(registryBytes)],
  ["stored", ({ storedBytes }) => megabytes(storedBytes)],
  ["saved/logical", ({ logicalBytes, storedBytes }) => times(logicalBytes, storedBytes)],
  ["saved/registry", ({ registryBytes, storedBytes }) => times(registryBytes, storedBytes)],
];

/** A line for each row; the first column to the left, the numbers to the right. */
export function renderTable(rows: readonly FamilyRow[]): string {
  const cells = [COLUMNS.map(([title]) => title)];
  for (const row of rows) cells.push(COLUMNS.map(([, cell]) => cell(row)));
  const widths = COLUMNS.map((_column, at) => Math.max(...cells.map((line) => line[at]!.length)));
  return cells
    .map((line) =>
      line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))),
    )
    .map((line) => `${line.join("  ")}\n`)
    .join("");
}

/** Of 10^6 bytes. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e5 ? 3 : 1)} MB`;
}

function times(before: number, after: number): string {
  return after > 0 ? `${(before / after).toFixed(1)}x` : "-";
}
