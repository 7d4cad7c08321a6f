export interface TableOptions {
  /** Columns whose cells end in line instead of starting in line: numbers. */
  readonly right?: readonly number[];
}

const GAP = "   ";

/** Columns without borders, three spaces apart, no space at the end of a line. Every row has as many cells. */
export function renderTable(
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const widths = columnWidths(rows);
  const right = new Set(options.right);
  let text = "";
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return right.has(column) ? cell.padStart(width) : cell.padEnd(width);
    });
    text += `${cells.join(GAP).trimEnd()}\n`;
  }
  return text;
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return widths;
}
