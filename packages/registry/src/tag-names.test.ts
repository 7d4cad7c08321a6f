import { expect, test } from "vitest";
import { tagNames } from "./tag-names.ts";

test("tags are named as docker names images", () => {
  const names = tagNames("localhost:5000");
  expect(names.nameOf("team/app", "1.0")).toBe("localhost:5000/team/app:1.0");
  expect(names.parse("localhost:5000/team/app:1.0")).toEqual({
    repository: "team/app",
    tag: "1.0",
  });
  expect(names.nameOf("team/app", "1.0").startsWith(names.prefixOf("team/app"))).toBe(true);
  expect(names.prefixOf()).toBe("localhost:5000/");
});

test.each([
  "docker.io/library/nginx:latest",
  "localhost:5000/nginx",
  "localhost:50001/nginx:latest",
  `localhost:5000/nginx@sha256:${"a".repeat(64)}`,
  "<none>@sha256:a",
])("%s is no tag of localhost:5000", (name) => {
  expect(tagNames("localhost:5000").parse(name)).toBeUndefined();
});

test.each(["docker.io", "index.docker.io", "registry", "", "a b.c", "x.example/y", "https://x.y"])(
  "docker would not find images of %j where it is",
  (domain) => expect(() => tagNames(domain)).toThrow(TypeError),
);

test.each(["localhost", "localhost:5000", "127.0.0.1:80", "[::1]:5000", "registry.example"])(
  "%s is a domain",
  (domain) => expect(tagNames(domain).domain).toBe(domain),
);
