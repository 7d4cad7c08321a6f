import type { Machine } from "./machine.ts";
import type { Result } from "./results.ts";
import { type BenchRow, type Goal, isMet } from "./row.ts";

const HEAD = ["name", "value", "baseline", "ratio", "goal", "met?"];

/** Results as Markdown: a table for each benchmark, the rows that lose among them. */
export function toMarkdown(results: readonly Result[]): string {
  return results.map(resultText).join("\n");
}

function resultText({ name, machine, smoke, rows }: Result): string {
  const heading = smoke ? `### ${name} (smoke: the numbers mean nothing)` : `### ${name}`;
  const groups = [...new Set(rows.map(({ group }) => group))].map((group) =>
    groupText(
      group,
      rows.filter((row) => row.group === group),
    ),
  );
  return `${heading}\n\n${machineText(machine)}\n\n${groups.join("\n")}`;
}

function machineText(machine: Machine): string {
  const gigabytes = Math.round(machine.memoryBytes / 1e9);
  const hardware = `${machine.cpu}, ${machine.cores} cores, ${gigabytes} GB`;
  const system = `${machine.system}, ${machine.kernel}, Node ${machine.node}`;
  const tools = Object.values(machine.tools);
  const load = machine.loadAverage.join(" ");
  return [hardware, system, ...tools, `${machine.startedAt}, load ${load}`].join("; ");
}

function groupText(group: string, rows: readonly BenchRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row.columns ?? {})))];
  const head = [...HEAD, ...columns];
  const cells = rows.map((row) => [
    ...rowCells(row, rows),
    ...columns.map((column) => columnText(row.columns?.[column])),
  ]);
  const table = [head, head.map((_, i) => (i === 0 ? "---" : "--:")), ...cells];
  const lines = table.map((line) => `| ${line.map(escaped).join(" | ")} |`);
  const notes = rows.filter(({ also }) => also !== undefined).map(alsoText);
  return [`**${group}**`, "", ...lines, "", ...notes].join("\n");
}

function rowCells(row: BenchRow, rows: readonly BenchRow[]): string[] {
  if (row.missing !== undefined) return [row.name, row.missing, "", "", "", ""];
  const base = rows.find(({ name }) => name === row.baseline);
  const met = isMet(row);
  return [
    row.name,
    amount(row.value, row.unit),
    base === undefined ? "" : `${amount(base.value, base.unit)} (${base.name})`,
    row.ratio === undefined ? "" : number(row.ratio),
    row.goal === undefined ? "" : goalText(row.goal, row.unit),
    met === undefined ? "" : met ? "yes" : "no",
  ];
}

function columnText(value: number | string | undefined): string {
  return typeof value === "number" ? number(value) : (value ?? "");
}

function goalText({ of, is, limit }: Goal, unit: string): string {
  const sign = is === "at least" ? "≥" : "≤";
  return of === "ratio" ? `${sign} ${limit} ×` : `${sign} ${amount(limit, unit)}`;
}

function alsoText({ name, also = {} }: BenchRow): string {
  const parts = Object.entries(also).map(([what, value]) => `${what}: ${number(value)}`);
  return `- ${name}: ${parts.join("; ")}\n`;
}

function amount(value: number, unit: string): string {
  return `${number(value)} ${unit}`;
}

/** A bar would end the cell. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** Three digits, and all before the point. */
function number(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(digits, 3));
}
