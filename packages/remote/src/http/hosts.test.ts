import { expect, test } from "vitest";
import { hostnameOf, hostOf, isLoopback } from "./hosts.ts";

test("docker.io's images are at another host", () => {
  expect(hostOf("docker.io")).toBe("registry-1.docker.io");
  expect(hostOf("r.example:5000")).toBe("r.example:5000");
});

test.each(["127.0.0.1", "127.1.2.3", "localhost", "a.localhost", "::1", "[::1]"])(
  "%s is here",
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each(["128.0.0.1", "localhost.example", "127.0.0.1.example", "::2", "r.example"])(
  "%s is elsewhere",
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);

test("a host goes without its port", () => {
  expect(["r.example:5000", "r.example", "[::1]:5000"].map(hostnameOf)).toEqual([
    "r.example",
    "r.example",
    "[::1]",
  ]);
});
