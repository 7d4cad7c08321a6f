import pc from "picocolors";

export type Colors = ReturnType<typeof pc.createColors>;

interface MaybeTerminal {
  readonly isTTY?: boolean;
}

/** Colours for a terminal, plain text elsewhere and where NO_COLOR is set to anything (no-color.org). */
export function colorsFor(stream: MaybeTerminal, env: NodeJS.ProcessEnv): Colors {
  const wanted = stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  return pc.createColors(wanted);
}
