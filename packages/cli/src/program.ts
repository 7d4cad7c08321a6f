import { Command, type CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, createContext } from "./context.ts";
import { CliError } from "./errors.ts";
import { addBuildCommands } from "./program/build-commands.ts";
import { addImageCommands, addImageGroup } from "./program/image-commands.ts";
import { addRegistryCommands } from "./program/registry-commands.ts";
import { addServerCommands } from "./program/server-commands.ts";
import { addShellCommands } from "./program/shell-commands.ts";
import { addStoreCommands } from "./program/store-commands.ts";
import { versionText } from "./version.ts";

/**
 * The tree of commands; parsing runs the one that was asked for. What a command does is imported when it runs: naming
 * commands must not wait for the engine.
 */
export function buildProgram(base: Pick<Context, "io" | "signal">): CommandUnknownOpts {
  const program = new Command("shale")
    .description("Layer-deduplication storage for container images")
    .version(versionText(), "-V, --version", "print the version")
    .option("--store <dir>", "the store (default: $SHALE_STORE, else the user's data directory)")
    .option("--json", "print JSON, errors too")
    .option(
      "--cache-bytes <size>",
      "keep copies of gzip layers that are read often, up to this (default: $SHALE_CACHE_BYTES, else none)",
    )
    .option("-q, --quiet", "no progress and no warnings; with images, only ids")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => base.io.stdout.write(text),
      writeErr: (text) => base.io.stderr.write(text),
      outputError: () => {},
    });
  const context = (): Context => createContext(program.opts(), base);
  addImageCommands(program, context);
  addRegistryCommands(program, context);
  addBuildCommands(program, context);
  addImageGroup(program);
  addStoreCommands(program, context);
  addServerCommands(program, context);
  addShellCommands(program, context);
  for (const command of [program, ...program.commands]) reportUsage(command);
  return program;
}

/** What commander finds wrong becomes an error like all others, with the way to the command's help. */
function reportUsage(command: CommandUnknownOpts): void {
  command.exitOverride((error: CommanderError) => {
    if (error.exitCode === 0 || error.code === "commander.help") throw error;
    const name = command.parent === null ? "shale" : `shale ${command.name()}`;
    const problem = error.message.replace(/^error: /, "").replace(/\.$/, "");
    throw new CliError("USAGE", `${problem}; see \`${name} --help\``);
  });
}
