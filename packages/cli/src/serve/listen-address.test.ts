import { expect, test } from "vitest";
import { addressText, domainOf, isLoopback, parseListenAddress } from "./listen-address.ts";

test.each([
  ["127.0.0.1:5000", "127.0.0.1", 5000, true, "localhost:5000"],
  ["127.9.9.9:80", "127.9.9.9", 80, true, "localhost:80"],
  ["localhost:0", "localhost", 0, true, "localhost:0"],
  ["[::1]:5000", "::1", 5000, true, "localhost:5000"],
  [":5000", "0.0.0.0", 5000, false, "localhost:5000"],
  ["0.0.0.0:5000", "0.0.0.0", 5000, false, "localhost:5000"],
  ["[::]:5000", "::", 5000, false, "localhost:5000"],
  ["10.0.0.7:5000", "10.0.0.7", 5000, false, "10.0.0.7:5000"],
  ["registry.example:443", "registry.example", 443, false, "registry.example:443"],
  ["127.example:443", "127.example", 443, false, "127.example:443"],
] as const)("%s", (text, host, port, loopback, domain) => {
  const address = parseListenAddress(text);
  expect(address).toEqual({ host, port });
  expect(isLoopback(address)).toBe(loopback);
  expect(domainOf(address)).toBe(domain);
  if (!text.startsWith(":")) expect(addressText(address)).toBe(text);
});

test.each([
  "",
  "5000",
  "localhost",
  "localhost:",
  "a b:1",
  "::1:5000",
  "[x]:1",
  "h:65536",
  "http://h:1",
])("%j is no address", (text) => {
  expect(() => parseListenAddress(text)).toThrow(/give HOST:PORT/);
});
