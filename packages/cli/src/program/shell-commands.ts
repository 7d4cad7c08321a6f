import { Argument, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ContextOf } from "./context-of.ts";

/** For shells, and for those who ask which version this is. */
export function addShellCommands(program: CommandUnknownOpts, context: ContextOf): void {
  program
    .command("version")
    .description("print the versions of shale and of what runs it")
    .action(async () => {
      const { version } = await import("../commands/version.ts");
      await version(context());
    });

  program
    .command("completion")
    .description("print the script that completes commands, options and references")
    .addArgument(new Argument("<shell>", "whose script").choices(["bash", "zsh", "fish"] as const))
    .action(async (shell) => {
      const { completion } = await import("../commands/completion.ts");
      await completion(context(), shell);
    });

  program
    .command("__complete", { hidden: true })
    .description("print what can stand in place of the last word, for completion scripts")
    .argument("[words...]")
    .action(async (words) => {
      const { complete } = await import("../commands/complete.ts");
      await complete(context(), { program, words });
    });
}
