import type { BlobInfo, DiffId, Platform } from "@shale/content";
import type { RunConfig } from "./run-config.ts";
import type { ImageTree } from "./tree/image-tree.ts";

/** What a stage has become so far: an image that is not written down yet. */
export interface StageState {
  readonly name: string | undefined;
  readonly platform: Platform;
  readonly run: RunConfig;
  readonly history: HistoryEntry[];
  readonly layers: StageLayer[];
  readonly tree: ImageTree;
  /** Variables of ARG that the stage declared. */
  readonly args: Map<string, string | undefined>;
  author: string | undefined;
}

export interface StageLayer {
  readonly blob: BlobInfo;
  readonly diffId: DiffId;
  readonly mediaType: string;
}

/** OCI image-spec, config.md, "history". */
export interface HistoryEntry {
  readonly created?: string | undefined;
  readonly created_by?: string | undefined;
  readonly comment?: string | undefined;
  readonly empty_layer?: true | undefined;
  readonly [other: string]: unknown;
}
