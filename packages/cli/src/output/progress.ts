import type { Context } from "../context.ts";
import { humanBytes } from "./bytes.ts";
import { type Colors, colorsFor } from "./colors.ts";

/** `bar` redraws one line of a terminal, `lines` adds a line now and then, `none` says nothing. */
export type ProgressMode = "bar" | "lines" | "none";

export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly mode: ProgressMode;
  readonly colors: Colors;
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number;
}

export interface ProgressStream {
  readonly columns?: number;
  write(text: string): unknown;
}

/** Tells how far long work is. */
export interface Progress extends Disposable {
  /** Without a total only the bytes that are done are shown. */
  update(doneBytes: number, totalBytes?: number): void;
  /** Adds a line that stays. */
  note(text: string): void;
  /** The work is done: sums it up. Leaving without it only clears the bar. */
  finish(): void;
}

/** A terminal is redrawn at most ten times a second: more costs more than it shows. */
const REDRAW_MS = 100;
/** A log gets a line this often. */
const LINE_MS = 5000;
const BAR_CELLS = 24;
const CLEAR_LINE = "\r\x1b[2K";
/** Where a terminal does not say: some say 0. */
const DEFAULT_COLUMNS = 80;

interface State {
  readonly title: string;
  readonly options: ProgressOptions;
  readonly now: () => number;
  readonly startMs: number;
  doneBytes: number;
  totalBytes: number | undefined;
  shownMs: number;
  updated: boolean;
  /** A bar stands on the terminal's current line. */
  drawn: boolean;
}

/** A bar when stderr is a terminal that can draw one, lines when it is not, nothing with `--quiet`. */
export function startProgress({ io, quiet }: Context, title: string): Progress {
  const { stderr, env } = io;
  const drawn = stderr.isTTY === true && env.TERM !== "dumb";
  const mode = quiet ? "none" : drawn ? "bar" : "lines";
  return createProgress(title, { stream: stderr, mode, colors: colorsFor(stderr, env) });
}

export function createProgress(title: string, options: ProgressOptions): Progress {
  const now = options.now ?? (() => performance.now());
  const startMs = now();
  const state: State = {
    title,
    options,
    now,
    startMs,
    doneBytes: 0,
    totalBytes: undefined,
    shownMs: options.mode === "bar" ? Number.NEGATIVE_INFINITY : startMs,
    updated: false,
    drawn: false,
  };
  return {
    update: (doneBytes, totalBytes) => update(state, { doneBytes, totalBytes }),
    note: (text) => note(state, text),
    finish: () => finish(state),
    [Symbol.dispose]: () => clear(state),
  };
}

function update(state: State, work: Pick<State, "doneBytes" | "totalBytes">): void {
  const { mode, stream } = state.options;
  if (mode === "none") return;
  state.updated = true;
  state.doneBytes = work.doneBytes;
  state.totalBytes = work.totalBytes;
  const nowMs = state.now();
  if (nowMs - state.shownMs < (mode === "bar" ? REDRAW_MS : LINE_MS)) return;
  state.shownMs = nowMs;
  if (mode === "lines") {
    stream.write(`${state.title}: ${amount(state)}\n`);
    return;
  }
  stream.write(CLEAR_LINE + bar(state, nowMs));
  state.drawn = true;
}

function note(state: State, text: string): void {
  if (state.options.mode === "none") return;
  clear(state);
  state.options.stream.write(`${text}\n`);
}

function clear(state: State): void {
  if (!state.drawn) return;
  state.options.stream.write(CLEAR_LINE);
  state.drawn = false;
}

/** Work that never told of its progress has nothing to sum up. */
function finish(state: State): void {
  if (state.updated) note(state, summary(state));
}

function summary(state: State): string {
  const seconds = (state.now() - state.startMs) / 1000;
  return `${state.title}: ${humanBytes(state.doneBytes)} in ${seconds.toFixed(1)}s`;
}

/** `45% 123MB of 270MB`, or the bytes alone. */
function amount({ doneBytes, totalBytes }: State): string {
  if (totalBytes === undefined || totalBytes <= 0) return humanBytes(doneBytes);
  return `${percent(doneBytes, totalBytes)}% ${humanBytes(doneBytes)} of ${humanBytes(totalBytes)}`;
}

/** 100 only when all is done, never more: totals may be estimates. */
function percent(doneBytes: number, totalBytes: number): number {
  if (doneBytes >= totalBytes) return 100;
  return Math.floor((doneBytes / totalBytes) * 100);
}

/** One line that fits the terminal: a line that wraps could not be cleared. */
function bar(state: State, nowMs: number): string {
  const { colors, stream } = state.options;
  const elapsedMs = nowMs - state.startMs;
  const rate =
    elapsedMs > 0 ? `  ${humanBytes(Math.round((state.doneBytes / elapsedMs) * 1000))}/s` : "";
  const text = `${amount(state)}${rate}${remaining(state, elapsedMs)}`;
  const room = (stream.columns || DEFAULT_COLUMNS) - 1;
  const prefix = `${state.title}  `;
  if (!state.totalBytes || prefix.length + BAR_CELLS + 4 + text.length > room) {
    return (prefix + text).slice(0, room);
  }
  const filled = Math.round((percent(state.doneBytes, state.totalBytes) / 100) * BAR_CELLS);
  const cells = colors.green("=".repeat(filled)) + " ".repeat(BAR_CELLS - filled);
  return `${prefix}[${cells}]  ${text}`;
}

/** Said once there is enough to go by. */
function remaining({ doneBytes, totalBytes }: State, elapsedMs: number): string {
  if (!totalBytes || doneBytes <= 0 || doneBytes >= totalBytes || elapsedMs < 1000) return "";
  const seconds = Math.ceil(((totalBytes - doneBytes) / doneBytes) * (elapsedMs / 1000));
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `  ${minutes}m${seconds % 60}s left` : `  ${seconds}s left`;
}
