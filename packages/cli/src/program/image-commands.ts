import { Argument, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { IMAGE_ALIASES } from "../image-aliases.ts";
import type { ContextOf } from "./context-of.ts";
import { gather } from "./gather.ts";

/** What is done with the images of the store. */
export function addImageCommands(program: CommandUnknownOpts, context: ContextOf): void {
  program
    .command("load")
    .description("take in the images of a docker archive or an OCI layout")
    .argument("<path>", "an archive (plain, gzip or zstd), a directory, or - for stdin")
    .option("--name <name>", "name images that have no name in full, or the one image there is")
    .action(async (path, options) => {
      const { load } = await import("../commands/load.ts");
      await load(context(), { path, ...options });
    });

  program
    .command("images")
    .description("list images")
    .argument("[ref]", "only this repository, or this image")
    .option("-a, --all", "as docker has it; nothing is hidden here")
    .option("--digests", "show the digests of manifests")
    .option(
      "-f, --filter <filter>",
      "dangling, label, before, since, until, reference: KEY=VALUE",
      gather,
    )
    .option("--format <format>", "json, table, table TEMPLATE, or a template as docker has them")
    .option("--no-trunc", "show whole ids")
    .action(async (ref, options) => {
      const { images } = await import("../commands/images.ts");
      await images(context(), { ref, ...options });
    });

  program
    .command("history")
    .description("show how an image came about, and how many other images share each layer")
    .argument("<ref>", "an image, by name, id or digest")
    .option("--format <format>", "json, table, table TEMPLATE, or a template as docker has them")
    .option("-H, --human", "sizes and dates in words people use", true)
    .option("--no-human", "sizes in bytes, dates in RFC 3339")
    .option("--no-trunc", "show whole ids and words")
    .option("--platform <platform>", "of an index this one, as linux/arm64")
    .action(async (ref, options) => {
      const { history } = await import("../commands/history.ts");
      await history(context(), { ref, ...options });
    });

  program
    .command("inspect")
    .description("print all that is known of images")
    .argument("<ref...>", "images, by name, id or digest")
    .option("-f, --format <format>", "json, or a template as docker has them")
    .option("--platform <platform>", "of an index this one, as linux/arm64")
    .action(async (refs, options) => {
      const { inspect } = await import("../commands/inspect.ts");
      await inspect(context(), { refs, ...options });
    });

  program
    .command("save")
    .description("write images to an archive that docker, podman and skopeo can load")
    .argument("<ref...>", "images, by name, id or digest")
    .option("-o, --output <file>", "write to this file, not to stdout")
    .addOption(formatOption())
    .action(async (refs, options) => {
      const { save } = await import("../commands/save.ts");
      await save(context(), { refs, ...options });
    });

  program
    .command("tag")
    .description("give an image another name; a name in use moves")
    .argument("<src>", "an image, by name, id or digest")
    .argument("<dst>", "the new name")
    .action(async (source, target) => {
      const { tag } = await import("../commands/tag.ts");
      await tag(context(), { source, target });
    });

  program
    .command("rmi")
    .description("remove names, and images that no name is left of; gc frees their space")
    .argument("<ref...>", "images, by name, id or digest")
    .option("-f, --force", "remove an image by its id though it has several names")
    .action(async (refs, options) => {
      const { rmi } = await import("../commands/rmi.ts");
      await rmi(context(), { refs, ...options });
    });
}

/** The group is written out before the program is parsed; this is what help and completion see of it. */
export function addImageGroup(program: CommandUnknownOpts): void {
  program
    .command("image")
    .description("docker's way to write the commands for images: image ls, image rm")
    .addArgument(new Argument("<command>", "what to do").choices(Object.keys(IMAGE_ALIASES)))
    .action(() => {});
}

function formatOption() {
  return new Option("--format <format>", "the archive's form")
    .choices(["oci", "docker"] as const)
    .default("oci" as const);
}
