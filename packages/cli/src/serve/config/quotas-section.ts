import { compilePattern } from "@shale/accounts";
import type { QuotaOf } from "@shale/registry";
import { z } from "zod";
import { parseBytes } from "../../size.ts";
import { tried } from "./values.ts";

/** What repositories of some names may hold, each for itself. */
export interface QuotaSection {
  readonly repositories: readonly string[];
  /** `500MB`, `2GiB` */
  readonly size: string;
}

export const quotasSection: z.ZodType<readonly QuotaSection[]> = z.array(
  z.strictObject({
    repositories: z.array(z.string().refine(...tried(compilePattern))).min(1),
    size: z
      .string()
      .refine((text) => parseBytes(text) !== undefined, "it is no size; as 500MB or 2GiB"),
  }),
);

/** The least of the quotas that a name has. */
export function quotaOf(quotas: readonly QuotaSection[]): QuotaOf {
  const compiled = quotas.map(({ repositories, size }) => ({
    fits: repositories.map(compilePattern),
    bytes: parseBytes(size) ?? 0,
  }));
  return (repository) => {
    const meant = compiled.filter(({ fits }) => fits.some((one) => one(repository)));
    return meant.length === 0 ? undefined : Math.min(...meant.map(({ bytes }) => bytes));
  };
}
