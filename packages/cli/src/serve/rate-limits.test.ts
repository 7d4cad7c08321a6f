import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { Buckets } from "./buckets.ts";
import type { LimitsSection } from "./config/limits-section.ts";
import { withRateLimits } from "./rate-limits.ts";

const stack = new AsyncDisposableStack();
afterEach(() => stack.disposeAsync().catch(() => {}));

/** A server that knows one password, and takes who asks for its address from a header. */
async function serve(limits: LimitsSection) {
  const clock = { nowMs: 0 };
  const listener = withRateLimits(
    ({ headers }, response) => {
      const isWrong = headers.authorization !== undefined && headers.authorization !== "right";
      response.writeHead(isWrong ? 401 : 200).end();
    },
    { limits, clientOf: ({ headers }) => String(headers["x-from"]), nowMs: () => clock.nowMs },
  );
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ask = async (from: string, authorization?: string) => {
    const headers = { "X-From": from, ...(authorization && { Authorization: authorization }) };
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers });
    await response.text();
    return response;
  };
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, "close").catch(() => {});
  };
  return { ask, clock, [Symbol.asyncDispose]: close };
}

test("an address may ask so often, and is told how long to wait; others do not wait for it", async () => {
  await using server = await serve({ requestsPerSecond: 2, burst: 3 });
  const statuses: number[] = [];
  for (let at = 0; at < 5; at++) statuses.push((await server.ask("a")).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  const refused = await server.ask("a");
  expect(refused.headers.get("retry-after")).toBe("1");
  expect((await server.ask("b")).status).toBe(200);
  server.clock.nowMs += 500;
  expect((await server.ask("a")).status).toBe(200);
  expect((await server.ask("a")).status).toBe(429);
});

test("who tries passwords waits, whatever is tried; who needs none does not", async () => {
  await using server = await serve({ failedLoginsPerMinute: 3 });
  const statuses: number[] = [];
  for (let at = 0; at < 5; at++) statuses.push((await server.ask("a", `guess ${at}`)).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  expect((await server.ask("a", "right")).status).toBe(429);
  expect((await server.ask("a")).status).toBe(200);
  expect((await server.ask("b", "right")).status).toBe(200);
  server.clock.nowMs += 20_000;
  expect((await server.ask("a", "right")).status).toBe(200);
  // Right ones use nothing up.
  for (let at = 0; at < 10; at++) expect((await server.ask("a", "right")).status).toBe(200);
});

test("a bucket never gives more than its burst and what flowed in since", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 }),
      (perSecond, burst, waits) => {
        let nowMs = 0;
        const buckets = new Buckets({ perSecond, burst, nowMs: () => nowMs });
        let given = 0;
        for (const waitMs of waits) {
          nowMs += waitMs;
          const needMs = buckets.look("a");
          if (buckets.take("a") === 0) given += 1;
          else expect(needMs).toBeGreaterThan(0);
          expect(given).toBeLessThanOrEqual(burst + (nowMs / 1000) * perSecond + 1e-6);
        }
      },
    ),
  );
});

test("addresses without end take no memory without end", () => {
  const buckets = new Buckets({ perSecond: 1, burst: 1 });
  for (let at = 0; at < 30_000; at++) buckets.take(`address ${at}`);
  // The first ones are forgotten, the last ones are not.
  expect(buckets.look("address 0")).toBe(0);
  expect(buckets.look("address 29999")).toBeGreaterThan(0);
});
