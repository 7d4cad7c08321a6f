/**
 * The points after which a kill or a failure must lose nothing that was acknowledged. A listener is called when the
 * step is done; what it throws fails the work as if the step had failed. Crash tests kill the process here.
 */
export type StoreStep =
  | "session-started"
  | "staged-written"
  | "staged-synced"
  | "chunks-claimed"
  | "block-written"
  | "pack-synced"
  | "chunks-indexed"
  | "recipe-written"
  | "rebuilt"
  | "blob-indexed"
  | "staged-dropped"
  | "journal-written"
  | "tag-indexed"
  | "format-raised"
  | "members-indexed"
  | "blobs-forgotten"
  | "blocks-moved"
  | "chunks-forgotten"
  | "pack-removed";

export type StepListener = (step: StoreStep) => void;
