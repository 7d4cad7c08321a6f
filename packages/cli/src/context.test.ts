import { expect, test } from "vitest";
import { cacheBytes, storePath } from "./context.ts";

const HOME = "/home/u";

test("--store comes first, then SHALE_STORE", () => {
  const env = { HOME, SHALE_STORE: "/env" };
  expect(storePath("given", { env, platform: "linux" })).toBe("given");
  expect(storePath(undefined, { env, platform: "linux" })).toBe("/env");
});

test("else it is the platform's place for data", () => {
  const place = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string =>
    storePath(undefined, { env: { HOME, ...env }, platform });
  expect(place({}, "linux")).toBe("/home/u/.local/share/shale");
  expect(place({ SHALE_STORE: "" }, "linux")).toBe("/home/u/.local/share/shale");
  expect(place({ XDG_DATA_HOME: "/data" }, "linux")).toBe("/data/shale");
  expect(place({ XDG_DATA_HOME: "relative" }, "linux")).toBe("/home/u/.local/share/shale");
  expect(place({}, "darwin")).toBe("/home/u/Library/Application Support/shale");
  expect(place({ LOCALAPPDATA: "/local" }, "win32")).toBe("/local/shale");
});

test("an empty --store is a mistake, not the current directory", () => {
  expect(() => storePath("", { env: {}, platform: "linux" })).toThrow(
    expect.objectContaining({ code: "USAGE" }),
  );
});

test("--cache-bytes comes first, then SHALE_CACHE_BYTES, else there is no cache", () => {
  const env = { SHALE_CACHE_BYTES: "1MB" };
  expect(cacheBytes("2kB", { env })).toBe(2000);
  expect(cacheBytes("0", { env })).toBe(0);
  expect(cacheBytes(undefined, { env })).toBe(1_000_000);
  expect(cacheBytes(undefined, { env: { SHALE_CACHE_BYTES: "" } })).toBe(0);
  expect(cacheBytes(undefined, { env: {} })).toBe(0);
});

test("a size that is none is a mistake, wherever it comes from", () => {
  const mistake = (name: string): unknown =>
    expect.objectContaining({ code: "USAGE", message: expect.stringContaining(name) });
  expect(() => cacheBytes("much", { env: {} })).toThrow(mistake("--cache-bytes"));
  expect(() => cacheBytes("", { env: {} })).toThrow(mistake("--cache-bytes"));
  expect(() => cacheBytes(undefined, { env: { SHALE_CACHE_BYTES: "much" } })).toThrow(
    mistake("SHALE_CACHE_BYTES"),
  );
});
