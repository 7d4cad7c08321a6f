import pc from "picocolors";
import { expect, test } from "vitest";
import { createProgress, type ProgressMode } from "./progress.ts";

const CLEAR = "\r\x1b[2K";

/** A stream that remembers, and a clock that is set by hand. */
function recorder(mode: ProgressMode, columns?: number) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = {
    write: (text: string) => written.push(text),
    ...(columns !== undefined && { columns }),
  };
  const colors = pc.createColors(false);
  const progress = createProgress("load", { stream, mode, colors, now: () => clock.ms });
  return { written, clock, progress };
}

test("a bar is redrawn at most ten times a second", () => {
  const { written, clock, progress } = recorder("bar");
  for (clock.ms = 0; clock.ms < 1000; clock.ms += 1) progress.update(clock.ms, 1000);
  expect(written).toHaveLength(10);
});

test("a bar shows its share, the bytes, the pace and what is left", () => {
  const { written, clock, progress } = recorder("bar", 120);
  clock.ms = 2000;
  progress.update(50_000_000, 200_000_000);
  expect(written).toEqual([
    `${CLEAR}load  [======                  ]  25% 50MB of 200MB  25MB/s  6s left`,
  ]);
});

test("a line never wraps, however narrow the terminal", () => {
  for (const columns of [0, 10, 20, 40, 60, 80]) {
    const { written, clock, progress } = recorder("bar", columns);
    clock.ms = 1_000_000;
    progress.update(123_456_789, 98_765_432_100);
    expect(written[0]!.slice(CLEAR.length).length).toBeLessThan(columns || 80);
  }
});

test("without a total there is no share", () => {
  const { written, clock, progress } = recorder("bar");
  clock.ms = 1000;
  progress.update(5_000_000);
  expect(written).toEqual([`${CLEAR}load  5MB  5MB/s`]);
});

test("more than announced is still 100%", () => {
  const { written, progress } = recorder("bar", 120);
  progress.update(300, 200);
  expect(written[0]).toContain("100% 300B of 200B");
});

test("a note replaces the bar and stays", () => {
  const { written, progress } = recorder("bar");
  progress.update(1, 2);
  progress.note("a layer");
  expect(written.slice(1)).toEqual([CLEAR, "a layer\n"]);
});

test("leaving clears the bar and says nothing more", () => {
  const { written, progress } = recorder("bar");
  progress.update(1, 2);
  progress[Symbol.dispose]();
  progress[Symbol.dispose]();
  expect(written.slice(1)).toEqual([CLEAR]);
});

test("lines come every five seconds, and one at the end", () => {
  const { written, clock, progress } = recorder("lines");
  for (clock.ms = 0; clock.ms <= 12_000; clock.ms += 100) progress.update(clock.ms, 12_000);
  progress.finish();
  expect(written).toEqual([
    "load: 41% 5kB of 12kB\n",
    "load: 83% 10kB of 12kB\n",
    "load: 12kB in 12.1s\n",
  ]);
});

test("work that told nothing is not summed up", () => {
  const { written, progress } = recorder("lines");
  progress.finish();
  expect(written).toEqual([]);
});

test("quiet says nothing at all", () => {
  const { written, clock, progress } = recorder("none");
  clock.ms = 60_000;
  progress.update(1, 2);
  progress.note("a layer");
  progress.finish();
  progress[Symbol.dispose]();
  expect(written).toEqual([]);
});
