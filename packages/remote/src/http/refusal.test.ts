import { expect, test } from "vitest";
import { RemoteError } from "../errors.ts";
import { Body } from "./body.ts";
import { quoted, refusalOf, retryAfterMs } from "./refusal.ts";
import { Passing } from "./retry.ts";

const answer = (status: number, text: string, headers = {}) => {
  const body = new Body({ pause() {}, resume() {}, abort() {} }, undefined);
  body.push(Buffer.from(text));
  body.end();
  return { status, headers, body, url: new URL("https://r.example/v2/") };
};

test("a registry's words are quoted, on one line, without control", async () => {
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: "no\n\u001b[31m way" }] });
  const error = await refusalOf(answer(403, body), { action: "push a/b" });
  expect(error).toMatchObject({ code: "DENIED" });
  expect(error.message).toMatch(/^push a\/b: r\.example says: no \[31m way \(status 403\); /);
  expect(quoted("x".repeat(1000)).length).toBe(300);
});

test.each([
  [404, "", "MANIFEST_UNKNOWN"],
  [401, "", "UNAUTHORIZED"],
  [400, "<html>", "REFUSED"],
  [413, "{}", "TOO_LARGE"],
  [404, '{"errors":[{"code":"NAME_UNKNOWN"}]}', "REPOSITORY_UNKNOWN"],
  [400, '{"errors":[null]}', "REFUSED"],
  [400, '{"errors":[{"code":7,"message":[]}]}', "REFUSED"],
])("status %i with %j is %s", async (status, body, code) => {
  const error = await refusalOf(answer(status, body), {
    action: "get",
    unknown: "MANIFEST_UNKNOWN",
  });
  expect(error).toBeInstanceOf(RemoteError);
  expect(error).toMatchObject({ code });
});

test.each([
  [429, "RATE_LIMITED"],
  [503, "REGISTRY_FAILED"],
  [500, "REGISTRY_FAILED"],
])("status %i may pass", async (status, code) => {
  const error = await refusalOf(answer(status, "", { "retry-after": "2" }), { action: "get" });
  expect(error).toBeInstanceOf(Passing);
  expect(error).toMatchObject({ retryAfterMs: 2000, failure: { code } });
});

test("Retry-After is seconds or a date", () => {
  expect(retryAfterMs(undefined)).toBeUndefined();
  expect(retryAfterMs("soon")).toBeUndefined();
  expect(retryAfterMs("120")).toBe(120_000);
  expect(retryAfterMs("Thu, 26 Nov 2026 15:00:10 GMT", Date.UTC(2026, 10, 26, 15))).toBe(10_000);
  expect(retryAfterMs("Thu, 26 Nov 2026 14:00:00 GMT", Date.UTC(2026, 10, 26, 15))).toBe(0);
});
