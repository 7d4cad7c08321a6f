import type { Action, Deed } from "./access.ts";
import type { Exchange } from "./exchange.ts";
import { deleteBlob, readBlob } from "./handlers/blobs.ts";
import { listRepositories, listTags } from "./handlers/lists.ts";
import { deleteManifest, putManifest, readManifest } from "./handlers/manifests.ts";
import { findMissing } from "./handlers/missing.ts";
import { mountBlob } from "./handlers/mount.ts";
import { ping } from "./handlers/ping.ts";
import { listReferrers } from "./handlers/referrers.ts";
import {
  appendToUpload,
  askForUpload,
  beginUpload,
  cancelUpload,
  finishUpload,
} from "./handlers/uploads.ts";
import type { Answer } from "./http/answer.ts";
import type { RegistryRequest, RequestKind, RequestOf } from "./requests.ts";

interface Route<Kind extends RequestKind> {
  /** What must be allowed before the handler runs. */
  readonly action: Action;
  readonly handle: (exchange: Exchange, request: RequestOf<Kind>) => Promise<Answer>;
}

/** What is asked for → what it takes, and who does it. */
const ROUTES: { readonly [Kind in RequestKind]: Route<Kind> } = {
  ping: { action: "ping", handle: ping },
  catalog: { action: "list", handle: listRepositories },
  "read blob": { action: "pull", handle: readBlob },
  "delete blob": { action: "delete", handle: deleteBlob },
  "read manifest": { action: "pull", handle: readManifest },
  "put manifest": { action: "push", handle: putManifest },
  "delete manifest": { action: "delete", handle: deleteManifest },
  "begin upload": { action: "push", handle: beginUpload },
  "mount blob": { action: "push", handle: mountBlob },
  "append to upload": { action: "push", handle: appendToUpload },
  "finish upload": { action: "push", handle: finishUpload },
  "ask for upload": { action: "push", handle: askForUpload },
  "cancel upload": { action: "push", handle: cancelUpload },
  "find missing": { action: "pull", handle: findMissing },
  "list tags": { action: "pull", handle: listTags },
  "list referrers": { action: "pull", handle: listReferrers },
};

/** What must be allowed before the request is looked into. */
export function deedsOf(request: RegistryRequest): Deed[] {
  const repository = "repository" in request ? request.repository : undefined;
  return [{ repository, action: ROUTES[request.kind].action }];
}

/** What a client should be allowed, to get what the request is a part of: who pushes looks, and a mount reads. */
export function wantedBy(request: RegistryRequest): Deed[] {
  const deeds = deedsOf(request).flatMap((deed): Deed[] =>
    deed.action === "push" ? [{ ...deed, action: "pull" }, deed] : [deed],
  );
  const isMount = request.kind === "mount blob" && request.from !== undefined;
  return isMount ? [...deeds, { repository: request.from, action: "pull" }] : deeds;
}

export async function dispatch(exchange: Exchange, request: RegistryRequest): Promise<Answer> {
  // The table's type pairs each kind with its handler; TypeScript cannot follow that through a look-up.
  const { handle } = ROUTES[request.kind] as Route<RequestKind>;
  return await handle(exchange, request);
}
