import { z } from "zod";

/** How much one address can ask for. */
export interface LimitsSection {
  /** Without it, as much as there is time for. */
  readonly requestsPerSecond?: number | undefined;
  /** How many at once; twice as many as in a second by default. */
  readonly burst?: number | undefined;
  /** Wrong names, passwords and tokens; 30 by default. */
  readonly failedLoginsPerMinute?: number | undefined;
  /** Connections of all clients together; as many as the system gives by default. */
  readonly connections?: number | undefined;
}

export const limitsSection: z.ZodType<LimitsSection> = z.strictObject({
  requestsPerSecond: z.number().positive().optional(),
  burst: z.int().positive().optional(),
  failedLoginsPerMinute: z.int().positive().optional(),
  connections: z.int().positive().optional(),
});
