import type { IncomingHttpHeaders } from "node:http";
import type { Ingested, Store } from "@shale/content";
import type { Deed, Identity } from "./access.ts";
import type { Body } from "./http/body.ts";
import type { PullThrough } from "./pull-through.ts";
import type { Sparse } from "./repository/admit.ts";
import type { Quotas } from "./repository/quotas.ts";
import type { RecentUses } from "./repository/recent-uses.ts";
import type { TagNames } from "./tag-names.ts";
import type { Uploads } from "./uploads.ts";

/** What is the same for all requests. */
export interface Surroundings {
  readonly store: Store;
  readonly names: TagNames;
  readonly uploads: Uploads;
  readonly uses: RecentUses;
  readonly quotas: Quotas;
  readonly sparse: Sparse;
  readonly onStored: (blob: Ingested) => void;
  /** Of a registry that has what another one has. */
  readonly pullThrough: PullThrough | undefined;
}

/** One request, and all that its handler needs to answer it. */
export interface Exchange extends Surroundings {
  readonly identity: Identity;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
  /** Aborts when the client goes away, or the server cannot wait for it any longer. */
  readonly signal: AbortSignal;
  /** Whether the client may do something besides what it asked for. */
  may(deed: Deed): Promise<boolean>;
}
