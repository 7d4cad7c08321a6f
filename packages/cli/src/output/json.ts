/** One value, one line: easy to read for a program, and for `jq`. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** RFC 3339 in UTC, or null where the time is not known. */
export function jsonTime(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : new Date(timeMs).toISOString();
}
