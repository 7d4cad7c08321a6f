import { expect, test } from "vitest";
import { IMAGE_ALIASES, withoutAliases } from "./image-aliases.ts";
import { buildProgram } from "./program.ts";

test("every alias is of a command that there is", () => {
  const program = buildProgram({ io: process, signal: new AbortController().signal });
  const names = program.commands.map((command) => command.name());
  expect(names).toEqual(expect.arrayContaining(Object.values(IMAGE_ALIASES)));
});

test.each([
  ["image ls -q", "images -q"],
  ["--json image rm a", "--json rmi a"],
  ["--store image image tag a b", "--store image tag a b"],
  ["--store=x image pull a", "--store=x pull a"],
  ["images image", "images image"],
  ["image", "image"],
  ["image nope", "image nope"],
  ["", ""],
])("%j is %j", (written, meant) => {
  const words = (text: string) => (text === "" ? [] : text.split(" "));
  expect(withoutAliases(words(written))).toEqual(words(meant));
});
