import fc from "fast-check";
import { expect, test } from "vitest";
import {
  familiarForm,
  familiarRepository,
  normalForm,
  parseReference,
  tryParseReference,
  withDefaultTag,
} from "./reference.ts";

const SHA256 = `sha256:${"f".repeat(64)}`;
const SHA512 = `sha512:${"0".repeat(128)}`;

test.each([
  // As written, normal form, familiar form: = as written, * the normal one.
  ["nginx", "docker.io/library/nginx", "nginx"],
  ["nginx:1.27", "docker.io/library/nginx:1.27", "nginx:1.27"],
  ["library/nginx", "docker.io/library/nginx", "nginx"],
  ["docker.io/nginx", "docker.io/library/nginx", "nginx"],
  ["docker.io/library/nginx", "docker.io/library/nginx", "nginx"],
  ["index.docker.io/library/nginx:a", "docker.io/library/nginx:a", "nginx:a"],
  ["index.docker.io/nginx", "docker.io/library/nginx", "nginx"],
  ["library/a/b", "docker.io/library/a/b", "library/a/b"],
  ["grafana/grafana", "docker.io/grafana/grafana", "grafana/grafana"],
  ["other/library", "docker.io/other/library", "other/library"],
  ["localhost/app", "localhost/app", "localhost/app"],
  ["localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"],
  ["127.0.0.1:8000/team/app", "127.0.0.1:8000/team/app", "127.0.0.1:8000/team/app"],
  ["registry.example/app", "registry.example/app", "registry.example/app"],
  ["registry.example:443/a/b/c:x.y-z_1", "registry.example:443/a/b/c:x.y-z_1", "="],
  ["LOCALDOMAIN/app", "LOCALDOMAIN/app", "LOCALDOMAIN/app"],
  ["Team/app", "Team/app", "Team/app"],
  ["[2001:db8::1]/app", "[2001:db8::1]/app", "="],
  ["[::1]:5000/app:tag", "[::1]:5000/app:tag", "="],
  ["test:5000/app", "test:5000/app", "="],
  ["192.0.2.1", "docker.io/library/192.0.2.1", "192.0.2.1"],
  ["192.0.2.1:5000", "docker.io/library/192.0.2.1:5000", "192.0.2.1:5000"],
  ["xn--n3h.example/app:xn--n3h.example", "xn--n3h.example/app:xn--n3h.example", "="],
  ["dock__er/e---f", "docker.io/dock__er/e---f", "dock__er/e---f"],
  [`app@${SHA256}`, `docker.io/library/app@${SHA256}`, `app@${SHA256}`],
  [`app:1@${SHA512}`, `docker.io/library/app:1@${SHA512}`, `app:1@${SHA512}`],
  [`docker.io/${"1a".repeat(32)}`, `docker.io/library/${"1a".repeat(32)}`, "*"],
  ["docker.io/localhost/app", "docker.io/localhost/app", "docker.io/localhost/app"],
  [`registry.example/${"a".repeat(255)}`, `registry.example/${"a".repeat(255)}`, "="],
])("%s", (text, normal, familiar) => {
  const reference = parseReference(text);
  expect(normalForm(reference)).toBe(normal);
  const expected = { "=": text, "*": normal }[familiar] ?? familiar;
  expect(familiarForm(reference)).toBe(expected);
});

test.each([
  "",
  ":tag",
  `@${SHA256}`,
  "app:",
  "app@",
  "App",
  "team/App",
  "docker.io/team/App",
  "registry.example:5000/Team/app:tag",
  "-app",
  "app-",
  "a..b/app",
  "a_.b/app",
  "____/____",
  "docker/",
  "/docker",
  "docker///docker",
  "https://registry.example/app",
  "app:-tag",
  `app:${"t".repeat(129)}`,
  "app:a:b",
  "app tag",
  "app\n",
  "app:tag\n",
  "aa/as$$^/aa",
  "[fc00::1]",
  "[fc00::1]:5000",
  "fc00::1:5000/app",
  "[fe80::1%eth0]:5000/app",
  "[2001:db8:3:4::192.0.2.33]:5000/app",
  "-registry.example/app",
  "under_score.example/app",
  "1a".repeat(32),
  "a".repeat(256),
  "app@sha256:ffff",
  `app@SHA256:${"f".repeat(64)}`,
  `app@sha256:${"F".repeat(64)}`,
  `app@md5:${"f".repeat(64)}`,
  `app@${SHA256}:tag`,
  "<none>",
])("%j is refused", (text) => {
  expect(() => parseReference(text)).toThrow(
    expect.objectContaining({ code: "REFERENCE_INVALID" }),
  );
});

test("a name alone means latest; a tag or a digest stays as it is", () => {
  expect(normalForm(withDefaultTag(parseReference("app")))).toBe("docker.io/library/app:latest");
  expect(withDefaultTag(parseReference("app:1")).tag).toBe("1");
  expect(withDefaultTag(parseReference(`app@${SHA256}`)).tag).toBeUndefined();
});

const domains = fc.constantFrom(
  "docker.io/",
  "localhost/",
  "a.example:5000/",
  "Team/",
  "index.docker.io/",
  "",
);
const component = fc.stringMatching(/^[a-z0-9]{1,4}(?:(?:[._]|__|-{1,3})[a-z0-9]{1,4}){0,2}$/);
const words = fc.oneof(component, fc.constantFrom("library", "localhost", "docker.io", "a.b"));
const paths = fc.array(words, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const suffixes = fc.constantFrom("", ":tag", ":5000", `@${SHA256}`, `:tag@${SHA256}`);

test("the normal and the familiar form of a name mean that name", () => {
  fc.assert(
    fc.property(domains, paths, suffixes, (domain, path, suffix) => {
      const reference = tryParseReference(`${domain}${path}${suffix}`);
      fc.pre(reference !== undefined);
      expect(parseReference(normalForm(reference))).toEqual(reference);
      expect(parseReference(familiarForm(reference))).toEqual(reference);
      expect(parseReference(familiarRepository(reference)).path).toBe(reference.path);
    }),
    { numRuns: 500 },
  );
});
