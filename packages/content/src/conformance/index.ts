import { concurrencyTests } from "./concurrency.ts";
import { deletionTests } from "./deletion.ts";
import { encodingTests } from "./encoding.ts";
import type { Conformance } from "./harness.ts";
import { hintTests } from "./hints.ts";
import { ingestTests } from "./ingest.ts";
import { leaseTests } from "./leases.ts";
import { lifecycleTests } from "./lifecycle.ts";
import { linkTests } from "./links.ts";
import { readTests } from "./reads.ts";
import { repositoryTests } from "./repositories.ts";
import { resumeTests } from "./resume.ts";
import { sourceTests } from "./source.ts";
import { tagTests } from "./tags.ts";
import { underWayTests } from "./under-way.ts";

export type { Conformance } from "./harness.ts";

/**
 * Registers the tests that every store passes, and every decorator of one.
 *
 * ```ts
 * storeConformance({ test, open: async () => createMemoryStore() });
 * ```
 */
export function storeConformance(suite: Conformance): void {
  ingestTests(suite);
  encodingTests(suite);
  readTests(suite);
  resumeTests(suite);
  underWayTests(suite);
  sourceTests(suite);
  linkTests(suite);
  tagTests(suite);
  hintTests(suite);
  repositoryTests(suite);
  deletionTests(suite);
  leaseTests(suite);
  concurrencyTests(suite);
  lifecycleTests(suite);
}
