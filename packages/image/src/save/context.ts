import type { Platform } from "@shale/content";

/** What both forms need to know. */
export interface SaveContext {
  /** Which of several platforms stands for an image where there can be one only. */
  readonly platform: Platform;
  readonly signal?: AbortSignal;
}
