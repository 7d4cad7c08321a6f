import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { extract, pack } from "tar-stream";
import { describe, expect, test } from "vitest";
import { readCorpus } from "../../../test/golden/tar/corpus.ts";
import { type CutEntry, cut } from "./testing/cut.ts";

interface Told {
  readonly path: string;
  readonly linkPath: string;
  readonly content: Buffer;
}

/** An option that its types do not know. */
const ANY_FORMAT: Parameters<typeof extract>[0] & { allowUnknownFormat: boolean } = {
  allowUnknownFormat: true,
};

/** What tar-stream finds in a tar. */
async function oracle(bytes: Uint8Array): Promise<Told[]> {
  const found: Told[] = [];
  const reader = extract(ANY_FORMAT);
  reader.on("entry", (head, stream, next) => {
    void buffer(stream).then((content) => {
      found.push({ path: head.name, linkPath: head.linkname ?? "", content });
      next();
    });
  });
  await pipeline(Readable.from([bytes]), reader);
  return found;
}

function told({ path, linkPath, content }: CutEntry): Told {
  return { path, linkPath, content };
}

/** It takes the first damaged header for the end of everything, and wants the last padding. */
const DAMAGED = /^(cut-|damaged-|junk-|joined-over-|volume-.*-1|volume-pax-2|volumes-joined-)/;
/**
 * It knows nothing of the map of an old sparse file, nor of the name that a PAX header gives a file
 * with holes.
 */
const SPARSE = /^sparse-/;

const readable = readCorpus().filter(({ name }) => !DAMAGED.test(name) && !SPARSE.test(name));

describe("tar-stream finds the same in the corpus", () => {
  test.each(readable)("$name", async ({ bytes }) => {
    expect(cut(bytes).entries.map(told)).toEqual(await oracle(bytes));
  });
});

test("what tar-stream writes is found", async () => {
  const path = fc.stringMatching(/^[a-zäé][a-zäé/]{0,150}[a-z]$/);
  const files = fc.array(fc.tuple(path, fc.uint8Array({ maxLength: 2000 })), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(files, async (files) => {
      const writer = pack();
      for (const [name, content] of files) writer.entry({ name }, Buffer.from(content));
      writer.finalize();
      const bytes = await buffer(writer);
      expect(cut(bytes).entries.map(told)).toEqual(
        files.map(([path, content]) => ({ path, linkPath: "", content: Buffer.from(content) })),
      );
    }),
  );
});
