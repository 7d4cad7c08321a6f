import { expect, test } from "vitest";
import { normalForm, parseReference, withDefaultTag } from "../reference.ts";
import { namingOf } from "./naming.ts";
import type { PlannedImage, PlannedName } from "./plan.ts";

const FULL: PlannedName = { reference: withDefaultTag(parseReference("full:1")) };
const BARE: PlannedName = { tag: "a" };

function namesOf(
  names: readonly PlannedName[],
  options: { readonly name?: string; readonly baseName?: string; readonly images?: number },
): string[] {
  const { name, baseName, images = 1 } = options;
  // The names alone decide; what the image is made of does not.
  const image = { names } as PlannedImage;
  return namingOf({ name, baseName, images }).namesOf(image).map(normalForm);
}

test("names in full stay, bare tags get a repository", () => {
  const baseName = "layout";
  expect(namesOf([FULL, BARE], { baseName })).toEqual([
    "docker.io/library/full:1",
    "docker.io/library/layout:a",
  ]);
  expect(namesOf([FULL, BARE], { baseName, name: "registry.example/app", images: 2 })).toEqual([
    "docker.io/library/full:1",
    "registry.example/app:a",
  ]);
});

test("a name with a tag is for one image, and takes the place of all", () => {
  const name = "app:2";
  expect(namesOf([FULL, BARE], { name })).toEqual(["docker.io/library/app:2"]);
  expect(() => namesOf([FULL], { name, images: 2 })).toThrow(/holds 2 images/);
  expect(() => namesOf([FULL], { name: "No Name" })).toThrow(/read image name/);
  const digest = `app@sha256:${"a".repeat(64)}`;
  expect(() => namesOf([FULL], { name: digest })).toThrow(/digest cannot be given/);
});

test("an image without a name gets one only when it is alone and one is given", () => {
  expect(namesOf([], { baseName: "layout" })).toEqual([]);
  expect(namesOf([], { name: "app" })).toEqual(["docker.io/library/app:latest"]);
  expect(namesOf([], { name: "app", images: 2 })).toEqual([]);
  expect(namesOf([BARE], {})).toEqual([]);
});

test.each([
  ["layout", "layout"],
  ["My Layout (1)", "my-layout-1"],
  ["a..b", "a-b"],
  ["a_.b", "a-b"],
  ["a___b", "a-b"],
  ["a__b--c.d", "a__b--c.d"],
  ["-._x_.-", "x"],
  ["Übung", "bung"],
])("what is called %j gives the repository %j", (baseName, repository) => {
  expect(namesOf([BARE], { baseName })).toEqual([`docker.io/library/${repository}:a`]);
});

test.each(["", "...", "日本", "f".repeat(256)])("what is called %j gives none", (baseName) => {
  expect(namesOf([BARE], { baseName })).toEqual([]);
});

test("sixty-four hexadecimal digits give a repository, too", () => {
  const baseName = "ab".repeat(32);
  expect(namesOf([BARE], { baseName })).toEqual([`docker.io/library/${baseName}:a`]);
});
