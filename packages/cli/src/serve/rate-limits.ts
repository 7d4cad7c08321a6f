import type { RequestListener, ServerResponse } from "node:http";
import { Buckets } from "./buckets.ts";
import type { ClientAddress } from "./client-address.ts";
import type { LimitsSection } from "./config/limits-section.ts";

/** Nobody mistypes a password oftener. */
const FAILED_LOGINS_PER_MINUTE = 30;

export interface RateLimitOptions {
  readonly limits: LimitsSection;
  readonly clientOf: ClientAddress;
  readonly nowMs?: () => number;
}

/**
 * Bounds what one address can ask for, and how often it can try passwords: guesses are told to wait before they are looked at.
 * distribution-spec, "Error Codes": TOOMANYREQUESTS.
 */
export function withRateLimits(
  listener: RequestListener,
  { limits, clientOf, nowMs = Date.now }: RateLimitOptions,
): RequestListener {
  const { requestsPerSecond, burst } = limits;
  const requests =
    requestsPerSecond === undefined
      ? undefined
      : new Buckets({
          perSecond: requestsPerSecond,
          burst: burst ?? Math.max(1, requestsPerSecond * 2),
          nowMs,
        });
  const perMinute = limits.failedLoginsPerMinute ?? FAILED_LOGINS_PER_MINUTE;
  const failures = new Buckets({ perSecond: perMinute / 60, burst: perMinute, nowMs });
  return (request, response) => {
    const client = clientOf(request);
    const hasCredentials = request.headers.authorization !== undefined;
    const waitMs = Math.max(
      requests?.take(client) ?? 0,
      hasCredentials ? failures.look(client) : 0,
    );
    if (waitMs > 0) return refuse(response, waitMs);
    if (hasCredentials) {
      response.once("finish", () => {
        if (response.statusCode === 401) failures.take(client);
      });
    }
    listener(request, response);
  };
}

function refuse(response: ServerResponse, waitMs: number): void {
  const message = "too many requests; wait a while";
  const text = JSON.stringify({ errors: [{ code: "TOOMANYREQUESTS", message, detail: null }] });
  response.writeHead(429, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Retry-After": Math.ceil(waitMs / 1000),
    // What it still sends need not be read.
    Connection: "close",
  });
  response.end(text);
}
