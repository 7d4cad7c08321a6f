import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { ContextOf } from "./context-of.ts";

/** How the store is given to others. */
export function addServerCommands(program: CommandUnknownOpts, context: ContextOf): void {
  program
    .command("serve")
    .description(
      "serve the store as a registry that docker, podman and others push to and pull from",
    )
    .option("--listen <host:port>", "where to listen (default: 127.0.0.1:5000)")
    .option("--domain <name>", "how images of it are named (default: localhost and the port)")
    .addOption(
      new Option(
        "--sparse <what>",
        "what manifests may name without it being here (default: indexes)",
      ).choices(["none", "indexes", "all"] as const),
    )
    .option("--upstream <registry>", "have what another registry has, and keep what is asked for")
    .option("--config <file>", "who may do what, TLS, and all of the above")
    .option("--check-config", "say what is wrong with the config, and start nothing")
    .option("--insecure-anonymous", "listen beyond loopback, though whoever comes may do anything")
    .action(async ({ checkConfig: isCheck, ...options }) => {
      if (isCheck === true) {
        const { checkConfig } = await import("../commands/check-config.ts");
        return await checkConfig(context(), options);
      }
      const { serve } = await import("../commands/serve.ts");
      await serve(context(), options);
    });
}
