import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { ContextOf } from "./context-of.ts";

/** What is done with registries. */
export function addRegistryCommands(program: CommandUnknownOpts, context: ContextOf): void {
  program
    .command("pull")
    .description("fetch an image from a registry: only those of its layers that are not here")
    .argument("<ref>", "NAME[:TAG] or NAME@DIGEST")
    .option("-a, --all-tags", "all images of the repository")
    .option("--platform <platform>", "of an index this one, as linux/arm64")
    .option("--all-platforms", "of an index everything")
    .option("--no-settle", "leave layers as they came; shale settle does it later")
    .option("--insecure", "also by plain HTTP, and with any certificate")
    .action(async (name, options) => {
      const { pull } = await import("../commands/pull.ts");
      await pull(context(), { name, ...options });
    });

  program
    .command("push")
    .description("bring an image to a registry: only those of its layers that it does not have")
    .argument("<ref>", "NAME[:TAG]")
    .option("-a, --all-tags", "all images of the repository that are here")
    .option("--platform <platform>", "of an index only this one, as linux/arm64")
    .addOption(
      new Option("--compression <kind>", "of layers that are plain tars")
        .choices(["gzip", "none"] as const)
        .default("gzip" as const),
    )
    .option("--insecure", "also by plain HTTP, and with any certificate")
    .action(async (name, options) => {
      const { push } = await import("../commands/push.ts");
      await push(context(), { name, ...options });
    });

  program
    .command("login")
    .description("log in to a registry; the credentials are kept where docker keeps its own")
    .argument("[server]", "a registry; docker.io when none is given")
    .option("-u, --username <name>", "who you are there")
    .option("-p, --password <password>", "seen by other users of the machine: better by stdin")
    .option("--password-stdin", "take the password from stdin")
    .option("--insecure", "also by plain HTTP, and with any certificate")
    .action(async (server, options) => {
      const { login } = await import("../commands/login.ts");
      await login(context(), { server, ...options });
    });

  program
    .command("logout")
    .description("forget the credentials for a registry")
    .argument("[server]", "a registry; docker.io when none is given")
    .action(async (server) => {
      const { logout } = await import("../commands/logout.ts");
      await logout(context(), { server });
    });
}
