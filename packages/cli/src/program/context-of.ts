import type { Context } from "../context.ts";

/** Options are known only when a command runs. */
export type ContextOf = () => Context;
