import { CodedError } from "@shale/content";

/** What can go wrong with a build. Append only: a code never changes its meaning. */
export type BuildErrorCode =
  /** The Dockerfile cannot be read as one. */
  | "DOCKERFILE_INVALID"
  /** An instruction, or a form of it, that is not done here. */
  | "INSTRUCTION_UNSUPPORTED"
  /** The context, or what is to be packed, is not there or not a directory. */
  | "CONTEXT_INVALID"
  /** Nothing of the context, or of the stage, is what an instruction asks for. */
  | "SOURCE_MISSING"
  /** A file changed while it was read. */
  | "SOURCE_CHANGED"
  /** A user or group that the image does not know. */
  | "OWNER_UNKNOWN";

export class BuildError extends CodedError<BuildErrorCode> {}

/** Where in the Dockerfile something is wrong. */
export function at(file: string, line: number): string {
  return `${file}:${line}`;
}
