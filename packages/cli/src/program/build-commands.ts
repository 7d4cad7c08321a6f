import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ContextOf } from "./context-of.ts";
import { gather } from "./gather.ts";

/** How images are made. */
export function addBuildCommands(program: CommandUnknownOpts, context: ContextOf): void {
  program
    .command("build")
    .description("build an image from a Dockerfile that runs nothing")
    .argument("<path>", "the directory that COPY and ADD are from")
    .option("-f, --file <file>", "the Dockerfile (default: PATH/Dockerfile); - for stdin")
    .option("-t, --tag <name>", "a name for the image; several times", gather)
    .option(
      "--build-arg <name=value>",
      "a value for an ARG; a name alone takes it from the environment",
      gather,
    )
    .option("--label <name=value>", "a label besides those of the Dockerfile", gather)
    .option("--target <stage>", "the stage to build; the last one unless given")
    .option("--platform <platform>", "what it is for, as linux/arm64")
    .option("--pull", "ask registries for base images that are here, too")
    .option("--no-cache", "as docker has it; layers are made anew each time anyway")
    .option("--iidfile <file>", "write the image's id to this file")
    .option("--insecure", "also by plain HTTP, and with any certificate")
    .action(async (path, options) => {
      const { build } = await import("../commands/build.ts");
      await build(context(), { path, ...options });
    });

  program
    .command("append")
    .description("make an image of another one and more layers")
    .argument("<ref>", "an image, or scratch")
    .requiredOption("--layer <path>", "a directory, or a tar; several times", gather)
    .option("-t, --tag <name>", "a name for the new image")
    .option("--platform <platform>", "of an index this one, as linux/arm64")
    .action(async (ref, options) => {
      const { append } = await import("../commands/append.ts");
      await append(context(), { ref, ...options });
    });
}
