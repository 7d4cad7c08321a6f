/** `shale image WORD` is another way to write a command, as docker has it. */
export const IMAGE_ALIASES: Readonly<Record<string, string>> = {
  build: "build",
  history: "history",
  inspect: "inspect",
  list: "images",
  load: "load",
  ls: "images",
  pull: "pull",
  push: "push",
  remove: "rmi",
  rm: "rmi",
  save: "save",
  tag: "tag",
};

/** Options in front of a command that take the word behind them. */
const WITH_VALUE: ReadonlySet<string> = new Set(["--store", "--cache-bytes"]);

/** The same command line, written without `image`; anything else is left as it is. */
export function withoutAliases(args: readonly string[]): readonly string[] {
  let at = 0;
  while (args[at]?.startsWith("-")) at += WITH_VALUE.has(args[at]!) ? 2 : 1;
  const command = IMAGE_ALIASES[args[at + 1] ?? ""];
  if (args[at] !== "image" || command === undefined) return args;
  return [...args.slice(0, at), command, ...args.slice(at + 2)];
}
