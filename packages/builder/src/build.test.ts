import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { createMemoryStore } from "@shale/content/memory";
import { imageHistory, inspectImage } from "@shale/image";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildImage } from "./build.ts";
import { named, Workshop } from "./testing/workshop.ts";

let shop: Workshop;

beforeEach(async () => {
  shop = await Workshop.open();
});

afterEach(() => shop[Symbol.asyncDispose]());

describe("two images of one family", () => {
  const files = { "base/lib": "b".repeat(9000), "server/run": "s", "a/index": "A", "b/index": "B" };
  const dockerfile = [
    "FROM scratch AS custom",
    "COPY base /usr/lib/",
    "FROM custom AS server",
    "COPY server /usr/bin/",
    'ENTRYPOINT ["/usr/bin/run"]',
    "FROM server",
    "EXPOSE 80",
    "ARG SITE",
    "COPY $SITE /var/www/",
    "",
  ].join("\n");

  test("share the layers below, and have four between them", async () => {
    const a = await shop.build(dockerfile, files, {
      ...named("site:a"),
      buildArgs: new Map([["SITE", "a"]]),
    });
    const b = await shop.build(dockerfile, files, {
      ...named("site:b"),
      buildArgs: new Map([["SITE", "b"]]),
    });
    const layers = [a, b].map(({ steps }) => steps.flatMap(({ layer }) => layer ?? []));
    expect(layers[0]!.slice(0, 2)).toEqual(layers[1]!.slice(0, 2));
    expect(new Set(layers.flat()).size).toBe(4);
    expect(b.steps.map(({ isCached }) => isCached)).toEqual([
      false,
      true,
      false,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(
      (await imageHistory(shop.store, "site:a")).map(({ createdBy, layer }) => [
        createdBy,
        layer?.sharedWith,
      ]),
    ).toEqual([
      ["COPY $SITE /var/www/", 0],
      ["ARG SITE", undefined],
      ["EXPOSE 80", undefined],
      ['ENTRYPOINT ["/usr/bin/run"]', undefined],
      ["COPY server /usr/bin/", 1],
      ["COPY base /usr/lib/", 1],
    ]);
  });

  test("are the same wherever and whenever they are built", async () => {
    const first = await shop.build(dockerfile, files, { buildArgs: new Map([["SITE", "a"]]) });
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    const other = await shop.context(reversed, "elsewhere");
    await utimes(join(other, "server/run"), 1e9, 1e9);
    await using fresh = createMemoryStore();
    const options = {
      platform: { os: "linux", architecture: "amd64" },
      buildArgs: new Map([["SITE", "a"]]),
    };
    const again = { dockerfile: { text: dockerfile, file: "x" }, context: other, ...options };
    expect((await buildImage(fresh, again)).digest).toBe(first.digest);
    const later = await buildImage(fresh, { ...again, timeSeconds: 1_700_000_000 });
    expect(later.digest).not.toBe(first.digest);
    const { Created } = await inspectImage(fresh, later.digest);
    expect(Created).toBe("2023-11-14T22:13:20Z");
  });
});

describe("instructions", () => {
  test("become docker's config", async () => {
    await shop.build(
      [
        "ARG BASE=scratch",
        "FROM $BASE",
        "ARG VERSION=1",
        "ENV A=$VERSION B='x y' C=\"$A\"",
        "ENV A=2",
        "LABEL v=$VERSION",
        "EXPOSE 80 90-91/udp",
        'VOLUME ["/data"]',
        "USER web:web",
        "WORKDIR /a",
        "WORKDIR b",
        'SHELL ["/bin/bash", "-c"]',
        "ENTRYPOINT run it",
        'CMD ["--flag"]',
        "STOPSIGNAL SIGQUIT",
        "HEALTHCHECK --interval=1m30s --retries=3 CMD curl x",
        "MAINTAINER Ada",
        "",
      ].join("\n"),
      {},
      { ...named("x"), buildArgs: new Map([["VERSION", "7"]]), labels: new Map([["l", "m"]]) },
    );
    const { Config, Author } = await inspectImage(shop.store, "x");
    expect(Author).toBe("Ada");
    expect(Config).toEqual({
      Env: [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "A=2",
        "B=x y",
        "C=",
      ],
      Labels: { v: "7", l: "m" },
      ExposedPorts: { "80/tcp": {}, "90/udp": {}, "91/udp": {} },
      Volumes: { "/data": {} },
      User: "web:web",
      WorkingDir: "/a/b",
      Shell: ["/bin/bash", "-c"],
      Entrypoint: ["/bin/bash", "-c", "run it"],
      Cmd: ["--flag"],
      StopSignal: "SIGQUIT",
      Healthcheck: { Test: ["CMD-SHELL", "curl x"], Interval: 90e9, Retries: 3 },
    });
  });

  test("that wait for whoever builds on an image are done then", async () => {
    await shop.build("FROM scratch\nONBUILD COPY f /from-base\nONBUILD ENV A=1", {}, named("base"));
    const image = await shop.build("FROM base", { f: "1" }, named("child"));
    expect(await shop.layersOf(image)).toEqual([{ "from-base": "file 644 0:0 1" }]);
    const { Config } = await inspectImage(shop.store, "child");
    expect(Config.OnBuild).toBeUndefined();
    expect(Config.Env).toContain("A=1");
  });

  test("of stages that nothing needs are left out", async () => {
    const text =
      "FROM scratch AS unused\nRUN no\nFROM scratch AS wanted\nCOPY f /\nFROM wanted\nENV A=1";
    expect((await shop.build(text, { f: "" })).steps.length).toBe(4);
    expect((await shop.build(text, {}, { target: "wanted" })).steps.length).toBe(2);
    await expect(shop.build(text, {}, { target: "none" })).rejects.toMatchObject({
      code: "DOCKERFILE_INVALID",
    });
  });

  test("a base that is not here is asked for", async () => {
    const asked: string[] = [];
    const pull = async (reference: string) => {
      asked.push(reference);
      await shop.build("FROM scratch\nCOPY f /", { f: "" }, named(reference));
    };
    await shop.build("FROM far/away:1\nENV A=1", {}, { pull });
    expect(asked).toEqual(["far/away:1"]);
    await expect(shop.build("FROM nowhere")).rejects.toMatchObject({ code: "IMAGE_UNKNOWN" });
  });

  test.each([
    [
      "FROM scratch\nRUN ls",
      "INSTRUCTION_UNSUPPORTED",
      /^build Dockerfile:2: RUN is not done here: nothing is run/,
    ],
    ["FROM scratch\nNOPE x", "DOCKERFILE_INVALID", /Dockerfile:2: there is no instruction NOPE/],
    ["COPY a b", "DOCKERFILE_INVALID", /Dockerfile:1/],
    ["", "DOCKERFILE_INVALID", /no FROM/],
    ["FROM scratch AS", "DOCKERFILE_INVALID", /Dockerfile:1/],
    ["FROM scratch\nENV A", "DOCKERFILE_INVALID", /Dockerfile:2: expected NAME=VALUE/],
    ["FROM scratch\nENV A='x", "DOCKERFILE_INVALID", /Dockerfile:2: a quote has no end/],
    ["FROM scratch\n\n\nEXPOSE x", "DOCKERFILE_INVALID", /Dockerfile:4: "x" is no port/],
    ["FROM scratch\nCOPY x", "DOCKERFILE_INVALID", /Dockerfile:2: COPY takes/],
    ["FROM scratch\nCOPY --chmod=rwx x /", "DOCKERFILE_INVALID", /octal/],
    ["FROM scratch\nCOPY --parents x /", "INSTRUCTION_UNSUPPORTED", /--parents is not done here/],
    ["FROM scratch\nHEALTHCHECK x", "DOCKERFILE_INVALID", /HEALTHCHECK CMD/],
    ["FROM scratch\nSHELL sh", "DOCKERFILE_INVALID", /takes a list/],
    ["FROM scratch\nSTOPSIGNAL no way", "DOCKERFILE_INVALID", /no signal/],
    ["FROM scratch\nONBUILD ONBUILD ENV A=1", "DOCKERFILE_INVALID", /not allowed/],
  ])("%j is refused, with its line", async (text, code, message) => {
    await expect(shop.build(text)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test("a context that is no directory is refused", async () => {
    const wrong = shop.build(
      "FROM scratch\nCOPY a /",
      {},
      { context: join(shop.directory, "none") },
    );
    await expect(wrong).rejects.toMatchObject({ code: "CONTEXT_INVALID" });
  });
});
