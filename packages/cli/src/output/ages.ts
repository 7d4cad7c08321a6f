const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

/** Each unit serves up to twice the next one, as in docker's listings: 47 hours, then 2 days. */
const UNITS: readonly { readonly name: string; readonly ms: number; readonly belowMs: number }[] = [
  { name: "second", ms: SECOND, belowMs: MINUTE },
  { name: "minute", ms: MINUTE, belowMs: HOUR },
  { name: "hour", ms: HOUR, belowMs: 2 * DAY },
  { name: "day", ms: DAY, belowMs: 2 * WEEK },
  { name: "week", ms: WEEK, belowMs: 2 * MONTH },
  { name: "month", ms: MONTH, belowMs: 2 * YEAR },
  { name: "year", ms: YEAR, belowMs: Number.POSITIVE_INFINITY },
];

/**
 * How long before `nowMs` a time was, in docker's words: `2 days ago`. From an hour on, hours are rounded to the nearest.
 * `N/A` where the time is not known.
 */
export function humanAge(timeMs: number | undefined, nowMs: number): string {
  if (timeMs === undefined) return "N/A";
  let ageMs = nowMs - timeMs;
  if (ageMs < SECOND) return "Less than a second ago";
  if (ageMs >= HOUR) ageMs = Math.round(ageMs / HOUR) * HOUR;
  const unit = UNITS.find(({ belowMs }) => ageMs < belowMs)!;
  const count = Math.floor(ageMs / unit.ms);
  if (count > 1 || unit.name === "second")
    return `${count} ${unit.name}${count === 1 ? "" : "s"} ago`;
  return `About ${unit.name === "hour" ? "an" : "a"} ${unit.name} ago`;
}
