import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { imageHistory, parseReference } from "@shale/image";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendLayers } from "./append.ts";
import { type Files, Workshop } from "./testing/workshop.ts";

let shop: Workshop;

beforeEach(async () => {
  shop = await Workshop.open();
});

afterEach(() => shop[Symbol.asyncDispose]());

describe("layers that are removed from", () => {
  test("are seen as they are in the end", async () => {
    const layer = async (files: Files) => {
      const path = await shop.context(files, `layer${Math.random()}`);
      await rm(join(path, ".keep"));
      return path;
    };
    const base = await layer({ "d/a": "1", "d/b": "2", "e/c": "3", f: "4" });
    const upper = await layer({ "d/.wh.a": "", "e/.wh..wh..opq": "", "e/n": "5", ".wh.f": "" });
    await appendLayers(shop.store, "scratch", {
      layers: [base, upper],
      name: parseReference("gone:1"),
    });
    const image = await shop.build("FROM scratch\nCOPY --from=gone:1 / /all/");
    expect(Object.keys((await shop.layersOf(image))[0]!).sort()).toEqual([
      "all/",
      "all/d/",
      "all/d/b",
      "all/e/",
      "all/e/n",
    ]);
  });

  test("append takes tars as they are, and refuses what is neither", async () => {
    const path = await shop.context({ f: "1" });
    const tar = gzipSync(
      (await promisify(execFile)("tar", ["-C", path, "-cf", "-", "f"], { encoding: "buffer" }))
        .stdout,
    );
    await writeFile(join(shop.directory, "l.tgz"), tar);
    const { layers } = await appendLayers(shop.store, "scratch", {
      layers: [join(shop.directory, "l.tgz")],
      name: parseReference("t:1"),
    });
    expect((await shop.store.stat(layers[0]!))?.encoding).toBe("tar+gzip");
    expect((await imageHistory(shop.store, "t:1"))[0]!.sizeBytes).toBeGreaterThan(1000);
    for (const wrong of [join(path, "f"), join(shop.directory, "none")]) {
      await expect(appendLayers(shop.store, "scratch", { layers: [wrong] })).rejects.toMatchObject({
        code: "SOURCE_MISSING",
      });
    }
  });
});
