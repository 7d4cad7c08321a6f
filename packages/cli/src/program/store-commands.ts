import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ContextOf } from "./context-of.ts";

/** What is done with the store itself. */
export function addStoreCommands(program: CommandUnknownOpts, context: ContextOf): void {
  program
    .command("df")
    .description("show what the store holds, what it takes on disk, and what sharing saves")
    .action(async () => {
      const { df } = await import("../commands/df.ts");
      await df(context());
    });

  program
    .command("cat")
    .description("write a blob to stdout, verified while it streams")
    .argument("<digest>", "sha256:… or sha512:…")
    .option("--range <offset:length>", "only these bytes; to the end without a length")
    .action(async (digest, options) => {
      const { cat } = await import("../commands/cat.ts");
      await cat(context(), { digest, ...options });
    });

  program
    .command("blobs")
    .description("list blobs, and how each is kept")
    .option("--no-trunc", "show whole digests")
    .action(async (options) => {
      const { blobs } = await import("../commands/blobs.ts");
      await blobs(context(), options);
    });

  program
    .command("settle")
    .description(
      "settle blobs that are kept whole: share their content, and make them again from it",
    )
    .option("--all", "try also those that could not be settled before")
    .action(async (options) => {
      const { settle } = await import("../commands/settle.ts");
      await settle(context(), options);
    });

  program
    .command("gc")
    .description("free the space of what no image needs any more; safe beside other work")
    .action(async () => {
      const { gc } = await import("../commands/gc.ts");
      await gc(context());
    });

  program
    .command("verify")
    .description("read everything that is stored again and compare it with its digests")
    .action(async () => {
      const { verify } = await import("../commands/verify.ts");
      await verify(context());
    });

  program
    .command("rebuild-index")
    .description("make the index again from the packs, when it is damaged or lost")
    .action(async () => {
      const { rebuild } = await import("../commands/rebuild-index.ts");
      await rebuild(context());
    });
}
