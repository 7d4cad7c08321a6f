import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Context } from "./context.ts";
import { CliError } from "./errors.ts";

/** Asks for a line on the terminal. @throws CliError `USAGE` when there is none */
export async function ask(context: Context, question: string): Promise<string> {
  requireTerminal(context, question);
  return await askBy(context, question, context.io.stderr);
}

/** The same, and what is typed is not shown. */
export async function askSecret(context: Context, question: string): Promise<string> {
  requireTerminal(context, question);
  const { stderr } = context.io;
  stderr.write(question);
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  const answer = await askBy(context, "", silent);
  stderr.write("\n");
  return answer;
}

function requireTerminal({ io }: Context, question: string): void {
  if (io.stdin.isTTY) return;
  const hint = "give --username and --password-stdin";
  throw new CliError(
    "USAGE",
    `ask for ${question.replace(/:\s*$/, "")}: stdin is no terminal; ${hint}`,
  );
}

async function askBy(
  { io, signal }: Context,
  question: string,
  output: NodeJS.WritableStream,
): Promise<string> {
  const lines = createInterface({ input: io.stdin, output, terminal: true });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}

/** More is neither a password nor a Dockerfile. */
const STDIN_BYTES = 4 * 1024 * 1024;

/** All of stdin, without the end of its last line. */
export async function readStdinLine(context: Context): Promise<string> {
  return (await readStdinText(context)).replace(/\r?\n$/, "");
}

export async function readStdinText({ io }: Context): Promise<string> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of io.stdin) {
    sizeBytes += piece.length;
    if (sizeBytes > STDIN_BYTES) throw new CliError("USAGE", "read stdin: there is too much");
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces).toString();
}
