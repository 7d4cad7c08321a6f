import fc from "fast-check";
import { expect, test } from "vitest";
import { parseChallenges } from "./challenge.ts";

const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test.each([
  ["", []],
  ["Basic", [["basic", {}]]],
  ['Basic realm="here"', [["basic", { realm: "here" }]]],
  [
    'Bearer realm="https://auth.example/token",service="r.example",scope="repository:a/b:pull,push"',
    [
      [
        "bearer",
        {
          realm: "https://auth.example/token",
          service: "r.example",
          scope: "repository:a/b:pull,push",
        },
      ],
    ],
  ],
  [
    'BEARER Realm = x , error="a \\"b\\" c", Basic realm=y',
    [
      ["bearer", { realm: "x", error: 'a "b" c' }],
      ["basic", { realm: "y" }],
    ],
  ],
  [
    "Negotiate, Basic realm=y",
    [
      ["negotiate", {}],
      ["basic", { realm: "y" }],
    ],
  ],
  ['Bearer realm="no end', [["bearer", {}]]],
])("%j", (header, expected) => {
  expect(read(header).slice(0, expected.length)).toEqual(expected);
});

test("any header is read to an end", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[ ,="\\a-z]{0,60}$/)), (header) => {
      expect(parseChallenges(header).length).toBeLessThanOrEqual(header.length);
    }),
  );
});
