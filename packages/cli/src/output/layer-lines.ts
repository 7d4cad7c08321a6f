import type { Context } from "../context.ts";
import { humanBytes } from "./bytes.ts";

/**
 * One line for each layer, as docker has them. On a terminal the lines stay where they are and change; elsewhere each word of
 * a layer is a line of its own, and how far it is is left out.
 */
export interface LayerLines extends Disposable {
  /** A line that stays, above those of the layers. */
  note(text: string): void;
  /** What a layer is at: `Pushed`, `Already exists`. */
  state(id: string, state: string): void;
  progress(id: string, is: LayerProgress): void;
  /** Leaves the lines as they are. */
  finish(): void;
}

export interface LayerProgress {
  readonly state: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

const REDRAW_MS = 100;
const BAR_CELLS = 50;
const CLEAR_BELOW = "\x1b[J";

type Stream = Pick<NodeJS.WriteStream, "write" | "columns">;

export function startLayerLines({ io, quiet }: Context): LayerLines {
  const { stderr, env } = io;
  if (quiet) return new SilentLines();
  const isDrawn = stderr.isTTY === true && env.TERM !== "dumb";
  return isDrawn ? new DrawnLines(stderr) : new PlainLines(stderr);
}

class SilentLines implements LayerLines {
  note(): void {}
  state(): void {}
  progress(): void {}
  finish(): void {}
  [Symbol.dispose](): void {}
}

export class PlainLines implements LayerLines {
  readonly #stream: Stream;
  readonly #shown = new Map<string, string>();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  state(id: string, state: string): void {
    if (this.#shown.get(id) === state) return;
    this.#shown.set(id, state);
    this.#stream.write(`${id}: ${state}\n`);
  }

  progress(id: string, { state }: LayerProgress): void {
    this.state(id, state);
  }

  finish(): void {}
  [Symbol.dispose](): void {}
}

export class DrawnLines implements LayerLines {
  readonly #stream: Stream;
  readonly #now: () => number;
  readonly #texts = new Map<string, string>();
  #drawnLines = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(stream: Stream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  note(text: string): void {
    this.#stream.write(`${this.#above()}${text}\n`);
    this.#drawnLines = 0;
    this.#draw();
  }

  state(id: string, state: string): void {
    this.#texts.set(id, state);
    this.#draw();
  }

  progress(id: string, { state, doneBytes, totalBytes }: LayerProgress): void {
    const share = totalBytes > 0 ? Math.min(1, doneBytes / totalBytes) : 1;
    const filled = Math.floor(share * BAR_CELLS);
    const head = filled < BAR_CELLS ? ">" : "";
    const bar = `${"=".repeat(filled)}${head}`.slice(0, BAR_CELLS).padEnd(BAR_CELLS);
    this.#texts.set(id, `${state} [${bar}] ${humanBytes(doneBytes)}/${humanBytes(totalBytes)}`);
    if (this.#now() - this.#drawnMs >= REDRAW_MS) this.#draw();
  }

  finish(): void {
    this.#draw();
    this.#texts.clear();
    this.#drawnLines = 0;
  }

  [Symbol.dispose](): void {
    this.finish();
  }

  /** To the begin of the lines that are drawn. */
  #above(): string {
    return this.#drawnLines === 0 ? "" : `\x1b[${this.#drawnLines}A\r${CLEAR_BELOW}`;
  }

  /** A line that wraps would be two, and could not be drawn over. */
  #draw(): void {
    const room = (this.#stream.columns || 80) - 1;
    const lines = [...this.#texts].map(([id, text]) => `${id}: ${text}`.slice(0, room));
    this.#stream.write(this.#above() + lines.map((line) => `${line}\n`).join(""));
    this.#drawnLines = lines.length;
    this.#drawnMs = this.#now();
  }
}
