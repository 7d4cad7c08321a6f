import type { StoreStep } from "../../../packages/store/src/index.ts";

/** A step, counted from 1. */
export interface StepOccurrence {
  readonly step: StoreStep;
  readonly occurrence: number;
}

/** What a store process is started with. */
export interface ProcessOptions {
  readonly path: string;
  readonly settle?: "inline" | "deferred";
  readonly cacheBytes?: number;
  /** Kills itself there. */
  readonly killAt?: StepOccurrence;
  /** Stops itself there, until it is continued. */
  readonly stopAt?: StepOccurrence;
}

/** What can be asked of a store process. Bytes travel as files, which the parent wrote. */
export type Command =
  | {
      readonly op: "load";
      readonly file: string;
      readonly via: "stream" | "source";
      readonly id?: string;
      readonly links?: readonly string[];
      /** A tag that is set before the lease is given back. */
      readonly tag?: string;
      /** Without one, what is loaded may be collected at once. Default: true. */
      readonly leased?: boolean;
    }
  /** Loads a large layer that is made on the way. */
  | { readonly op: "generate"; readonly sizeBytes: number }
  | { readonly op: "write"; readonly file: string; readonly id: string }
  | { readonly op: "abort"; readonly id: string }
  | { readonly op: "settle"; readonly digest: string }
  | { readonly op: "tag"; readonly name: string; readonly digest: string }
  | { readonly op: "untag"; readonly name: string }
  | { readonly op: "add"; readonly repository: string; readonly digests: readonly string[] }
  | { readonly op: "remove"; readonly repository: string; readonly digest: string }
  | { readonly op: "delete"; readonly digest: string }
  | { readonly op: "lease" }
  | { readonly op: "protect"; readonly lease: string; readonly digest: string }
  | { readonly op: "release"; readonly lease: string }
  | { readonly op: "collect" }
  | { readonly op: "verify" }
  /** Reads every blob, and compares it with its digest. */
  | { readonly op: "read" }
  | { readonly op: "state" }
  | { readonly op: "steps" }
  /** Dies when the step was reached that often more. */
  | { readonly op: "die"; readonly step: StoreStep; readonly occurrence: number }
  | { readonly op: "close" };

/** One line of answer. A refusal carries the error's code, or its text when it has none. */
export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** The number of the answer with which a process says that it stops itself. */
export const STOPPED = -1;
