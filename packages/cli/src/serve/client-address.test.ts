import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { clientAddress, parseNetworks } from "./client-address.ts";

const addressOf = clientAddress(parseNetworks(["10.0.0.0/8", "192.168.1.7", "fd00::/8"]));

function from(remoteAddress: string, forwarded?: string): string {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return addressOf({ socket: { remoteAddress }, headers } as unknown as IncomingMessage);
}

test("a proxy of ours says whom it speaks for", () => {
  expect(from("10.1.2.3", "203.0.113.9")).toBe("203.0.113.9");
  expect(from("192.168.1.7", "203.0.113.9, 10.9.9.9")).toBe("203.0.113.9");
  expect(from("::ffff:10.1.2.3", "2001:db8::1")).toBe("2001:db8::1");
  expect(from("fd12::1", "203.0.113.9")).toBe("203.0.113.9");
});

test("nobody else is believed, and nothing that a client wrote before", () => {
  expect(from("203.0.113.1", "198.51.100.5")).toBe("203.0.113.1");
  expect(from("192.168.1.8", "198.51.100.5")).toBe("192.168.1.8");
  expect(from("10.1.2.3", "10.0.0.1, 198.51.100.5, 203.0.113.9")).toBe("203.0.113.9");
  expect(from("10.1.2.3", "127.0.0.1, unknown")).toBe("10.1.2.3");
  expect(from("10.1.2.3", "")).toBe("10.1.2.3");
  expect(from("10.1.2.3")).toBe("10.1.2.3");
  expect(from("10.1.2.3", "10.0.0.1, 10.0.0.2")).toBe("10.0.0.1");
});

test.each(["", "10.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0.0/x", "proxy.example"])(
  "%j is no network",
  (text) => {
    expect(() => parseNetworks([text])).toThrow();
  },
);
