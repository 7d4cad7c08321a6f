import { tryParseReference } from "@shale/image";
import { z } from "zod";

/** A registry whose images this server has as if they were its own, for docker's `registry-mirrors`. */
export interface UpstreamSection {
  /** `docker.io`, `registry.example:5000`; credentials for it are those that docker has. */
  readonly registry: string;
  /** Also by plain HTTP, and with any certificate. */
  readonly insecure?: boolean | undefined;
  /** A tag is asked for again after so long. */
  readonly tagSeconds?: number | undefined;
}

function isRegistry(text: string): boolean {
  return tryParseReference(`${text}/a/b`)?.domain === text;
}

export const upstreamSection: z.ZodType<UpstreamSection> = z.strictObject({
  registry: z.string().refine(isRegistry, "it is no registry; give its name, as docker.io"),
  insecure: z.boolean().optional(),
  tagSeconds: z.int().min(0).optional(),
});
