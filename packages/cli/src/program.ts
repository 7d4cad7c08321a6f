import {
  Argument,
  Command,
  type CommanderError,
  type CommandUnknownOpts,
  Option,
} from "@commander-js/extra-typings";
import { type Context, createContext } from "./context.ts";
import { CliError } from "./errors.ts";
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
  addStoreCommands(program, context);
  addShellCommands(program, context);
  for (const command of [program, ...program.commands]) reportUsage(command);
  return program;
}

/** Options are known only when a command runs. */
type ContextOf = () => Context;

function addImageCommands(program: CommandUnknownOpts, context: ContextOf): void {
  program
    .command("load")
    .description("take in the images of a docker archive or an OCI layout")
    .argument("<path>", "an archive (plain, gzip or zstd), a directory, or - for stdin")
    .option("--name <name>", "name images that have no name in full, or the one image there is")
    .action(async (path, options) => {
      const { load } = await import("./commands/load.ts");
      await load(context(), { path, ...options });
    });

  program
    .command("images")
    .description("list images")
    .argument("[ref]", "only this repository, or this image")
    .option("--digests", "show the digests of manifests")
    .option("--no-trunc", "show whole ids")
    .action(async (filter, options) => {
      const { images } = await import("./commands/images.ts");
      await images(context(), { filter, ...options });
    });

  program
    .command("save")
    .description("write images to an archive that docker, podman and skopeo can load")
    .argument("<ref...>", "images, by name, id or digest")
    .option("-o, --output <file>", "write to this file, not to stdout")
    .addOption(formatOption())
    .action(async (refs, options) => {
      const { save } = await import("./commands/save.ts");
      await save(context(), { refs, ...options });
    });

  program
    .command("tag")
    .description("give an image another name; a name in use moves")
    .argument("<src>", "an image, by name, id or digest")
    .argument("<dst>", "the new name")
    .action(async (source, target) => {
      const { tag } = await import("./commands/tag.ts");
      await tag(context(), { source, target });
    });

  program
    .command("rmi")
    .description("remove names, and images that no name is left of; gc frees their space")
    .argument("<ref...>", "images, by name, id or digest")
    .option("-f, --force", "remove an image by its id though it has several names")
    .action(async (refs, options) => {
      const { rmi } = await import("./commands/rmi.ts");
      await rmi(context(), { refs, ...options });
    });
}

function addStoreCommands(program: CommandUnknownOpts, context: ContextOf): void {
  program
    .command("df")
    .description("show what the store holds, what it takes on disk, and what sharing saves")
    .action(async () => {
      const { df } = await import("./commands/df.ts");
      await df(context());
    });

  program
    .command("cat")
    .description("write a blob to stdout, verified while it streams")
    .argument("<digest>", "sha256:… or sha512:…")
    .option("--range <offset:length>", "only these bytes; to the end without a length")
    .action(async (digest, options) => {
      const { cat } = await import("./commands/cat.ts");
      await cat(context(), { digest, ...options });
    });

  program
    .command("blobs")
    .description("list blobs, and how each is kept")
    .option("--no-trunc", "show whole digests")
    .action(async (options) => {
      const { blobs } = await import("./commands/blobs.ts");
      await blobs(context(), options);
    });

  program
    .command("settle")
    .description(
      "settle blobs that are kept whole: share their content, and make them again from it",
    )
    .option("--all", "try also those that could not be settled before")
    .action(async (options) => {
      const { settle } = await import("./commands/settle.ts");
      await settle(context(), options);
    });

  program
    .command("gc")
    .description("free the space of what no image needs any more; safe beside other work")
    .action(async () => {
      const { gc } = await import("./commands/gc.ts");
      await gc(context());
    });

  program
    .command("verify")
    .description("read everything that is stored again and compare it with its digests")
    .action(async () => {
      const { verify } = await import("./commands/verify.ts");
      await verify(context());
    });

  program
    .command("rebuild-index")
    .description("make the index again from the packs, when it is damaged or lost")
    .action(async () => {
      const { rebuild } = await import("./commands/rebuild-index.ts");
      await rebuild(context());
    });
}

function addShellCommands(program: CommandUnknownOpts, context: ContextOf): void {
  program
    .command("version")
    .description("print the versions of shale and of what runs it")
    .action(async () => {
      const { version } = await import("./commands/version.ts");
      await version(context());
    });

  program
    .command("completion")
    .description("print the script that completes commands, options and references")
    .addArgument(new Argument("<shell>", "whose script").choices(["bash", "zsh", "fish"] as const))
    .action(async (shell) => {
      const { completion } = await import("./commands/completion.ts");
      await completion(context(), shell);
    });

  program
    .command("__complete", { hidden: true })
    .description("print what can stand in place of the last word, for completion scripts")
    .argument("[words...]")
    .action(async (words) => {
      const { complete } = await import("./commands/complete.ts");
      await complete(context(), { program, words });
    });
}

function formatOption() {
  return new Option("--format <format>", "the archive's form")
    .choices(["oci", "docker"] as const)
    .default("oci" as const);
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
