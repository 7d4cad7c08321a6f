import { expect, test } from "vitest";
import { LIMITS } from "./limits.ts";

test("limits stand in the relations that the code relies on", () => {
  expect(LIMITS.leaseRenewMs * 3).toBeLessThan(LIMITS.leaseTtlMs);
  expect(LIMITS.leaseTtlMs).toBeLessThan(LIMITS.ingestExpiryMs);
  expect(LIMITS.literalRunBytes).toBeLessThan(LIMITS.literalPageBytes);
  expect(LIMITS.blockBytes).toBeLessThan(LIMITS.publishBytes);
  expect(LIMITS.publishBytes).toBeLessThan(LIMITS.packBytes);
  expect(LIMITS.inlineBlobBytes).toBeLessThan(LIMITS.blockBytes);
  expect(LIMITS.slabBytes * LIMITS.slabsInFlight).toBeLessThan(LIMITS.blockCacheBytes);
  expect(LIMITS.blocksInFlight).toBeLessThanOrEqual(LIMITS.blocksAhead);
  expect(LIMITS.blockBytes * LIMITS.blocksAhead).toBeLessThan(LIMITS.blockCacheBytes);
  expect(LIMITS.inflateRatio).toBeGreaterThan(1032);
});
