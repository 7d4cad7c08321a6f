import { renderTable } from "./table.ts";
import { parseTemplate } from "./template.ts";

/** One row of a listing, by docker's names of its fields. */
export type Row = Readonly<Record<string, string>>;

export interface RowsFormat {
  /** The columns that there are when nothing else is asked for. */
  readonly columns: readonly string[];
  /** What stands above a field: in docker's words. */
  readonly headers: Row;
}

const TABLE = "table";

/**
 * Rows as `--format` wants them: `table` or nothing, `table TEMPLATE`, `json` (an object a line), or a template for each row.
 * @throws CliError `USAGE`
 */
export function formatRows(
  rows: readonly Row[],
  format: string | undefined,
  { columns, headers }: RowsFormat,
): string {
  if (format === undefined || format === TABLE) {
    const cells = (row: Row) => columns.map((name) => row[name] ?? "");
    return renderTable([headers, ...rows].map(cells));
  }
  if (format === "json") return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const isTable = format.startsWith(`${TABLE} `);
  const template = parseTemplate(isTable ? format.slice(TABLE.length + 1).trimStart() : format);
  if (!isTable) return rows.map((row) => `${template(row)}\n`).join("");
  return renderTable([headers, ...rows].map((row) => template(row).split("\t")));
}
