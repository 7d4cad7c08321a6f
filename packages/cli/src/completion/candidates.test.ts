import { expect, test } from "vitest";
import { storeOption } from "../commands/complete.ts";
import { buildProgram } from "../program.ts";
import { expectedAt } from "./candidates.ts";

const PROGRAM = buildProgram({ io: process, signal: new AbortController().signal });

/** The words that fit, or the kind of thing that does. */
function at(...words: string[]): string | string[] {
  const expected = expectedAt(PROGRAM, words);
  return expected.kind === "words" ? expected.words.map(({ value }) => value) : expected.kind;
}

test("the first word is a command; hidden ones are not offered", () => {
  expect(at("")).toContain("images");
  expect(at("")).not.toContain("__complete");
  expect(at("--json", "")).toContain("images");
  expect(at("--store", "/x", "")).toContain("images");
});

test("a dash asks for the options of the command and of the program", () => {
  expect(at("save", "--")).toEqual(
    expect.arrayContaining(["--format", "--output", "--store", "--help"]),
  );
  expect(at("-")).not.toContain("--format");
});

test("an option's value is completed by what it is", () => {
  expect(at("save", "--format", "")).toEqual(["oci", "docker"]);
  expect(at("save", "--format=")).toEqual(["--format=oci", "--format=docker"]);
  expect(at("save", "x", "-o", "")).toBe("files");
  expect(at("--store", "")).toBe("directories");
  expect(at("load", "--name", "")).toBe("nothing");
});

test("an argument is completed by what it is", () => {
  expect(at("load", "")).toBe("files");
  expect(at("load", "x", "")).toBe("nothing");
  expect(at("save", "")).toBe("references");
  expect(at("save", "a", "b", "")).toBe("references");
  expect(at("save", "--format", "oci", "")).toBe("references");
  expect(at("tag", "a", "")).toBe("references");
  expect(at("tag", "a", "b", "")).toBe("nothing");
  expect(at("completion", "")).toEqual(["bash", "zsh", "fish"]);
  expect(at("df", "")).toBe("nothing");
});

test("after -- a dash is not an option", () => {
  expect(at("rmi", "--", "-")).toBe("references");
});

test("the store is the one that the line names before the cursor", () => {
  expect(storeOption(["images", "--store", "/a", ""])).toBe("/a");
  expect(storeOption(["--store=/b", "images", ""])).toBe("/b");
  expect(storeOption(["images", "--store", "/a"])).toBeUndefined();
  expect(storeOption(["images", "--", "--store", "/a", ""])).toBeUndefined();
});
