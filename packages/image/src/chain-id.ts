import { createHash } from "node:crypto";
import type { ChainId, DiffId } from "@shale/content";

/**
 * Names the stack of layers up to each of them. OCI image-spec, config.md, "Layer ChainID": that of the lowest is its diffID, and
 * each one above hashes the name below with its own diffID.
 */
export function chainIds(diffIds: readonly DiffId[]): ChainId[] {
  let below: string | undefined;
  return diffIds.map((diffId) => {
    below = below === undefined ? diffId : `sha256:${sha256(`${below} ${diffId}`)}`;
    return below as ChainId;
  });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
