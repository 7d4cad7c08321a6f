import prettyBytes from "pretty-bytes";

/** As docker prints sizes: decimal units, three significant digits, no space: `77.8MB`. */
export function humanBytes(bytes: number): string {
  return prettyBytes(bytes, { space: false });
}

/** How many times `part` goes into `whole`: `3.2x`; `-` where there is nothing to compare. */
export function humanTimes(whole: number, part: number): string {
  if (whole <= 0 || part <= 0) return "-";
  return `${(whole / part).toFixed(2)}x`;
}
