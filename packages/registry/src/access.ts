import type { IncomingMessage } from "node:http";

/**
 * What a request does with a repository. `list` asks for the names of all, and of a repository, whether its name may be told; `ping`
 * asks whether anybody is there.
 */
export type Action = "ping" | "list" | "pull" | "push" | "delete";

/** A name that was proved; `undefined` for whoever did not say who they are. */
export type Identity = string | undefined;

/** Something that is done, or shall be. */
export interface Deed {
  /** `undefined` for `ping`, and for `list` of all. */
  readonly repository: string | undefined;
  readonly action: Action;
}

/** Whoever asks, and what they may do. */
export interface Caller {
  readonly identity: Identity;
  may(deed: Deed): boolean | Promise<boolean>;
}

/** What a request says of who sends it is wrong, or cannot be looked into now. */
export interface Impostor {
  readonly problem: "wrong" | "busy";
  /** Said to the client. */
  readonly message: string;
}

/** Says who asks, what they may do, and how they can say who they are. */
export interface Authority {
  identify(request: IncomingMessage): Caller | Impostor | Promise<Caller | Impostor>;
  /**
   * What is sent with a refusal: RFC 9110, section 11.6.1. `undefined` when there is no better way to ask.
   * @param wanted what is not allowed to the caller as they came
   */
  challenge(wanted: readonly Deed[], caller: Caller | Impostor): string | undefined;
}

/** Everybody is nobody in particular, and may do anything. */
export const anybody: Authority = {
  identify: () => ({ identity: undefined, may: () => true }),
  challenge: () => undefined,
};

export function isImpostor(one: Caller | Impostor): one is Impostor {
  return "problem" in one;
}
