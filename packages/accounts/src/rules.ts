import type { Action, Deed, Identity } from "@shale/registry";
import { compilePattern } from "./pattern.ts";

/** What a rule can allow: reading, writing, and taking away. */
export const RIGHTS = ["pull", "push", "delete"] as const;
export type Right = (typeof RIGHTS)[number];

export interface Rule {
  /** Patterns of names: see `compilePattern`. */
  readonly repositories: readonly string[];
  /** Names of accounts, `@group`, `accounts` for whoever has one, `anybody` for those without, too. */
  readonly who: readonly string[];
  readonly may: readonly Right[];
}

export interface RuleSet {
  readonly rules: readonly Rule[];
  /** Members by the name of their group. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

/** Whoever has an account may do anything, and nobody else may do anything. */
export const ACCOUNTS_ONLY: RuleSet = {
  rules: [{ repositories: ["**"], who: ["accounts"], may: [...RIGHTS] }],
};

interface Compiled {
  readonly fits: readonly ((repository: string) => boolean)[];
  readonly names: ReadonlySet<string>;
  readonly accounts: boolean;
  readonly anybody: boolean;
  readonly may: ReadonlySet<string>;
}

/**
 * Who may do what. What any rule allows is allowed, and nothing else: the order of rules means nothing, and no rule takes away what
 * another one gives.
 */
export class Rules {
  readonly #rules: readonly Compiled[];

  /** @throws AccountsError `PATTERN_INVALID` */
  constructor({ rules, groups = {} }: RuleSet) {
    this.#rules = rules.map(({ repositories, who, may }) => ({
      fits: repositories.map(compilePattern),
      names: new Set(
        who.flatMap((one) => (one.startsWith("@") ? (groups[one.slice(1)] ?? []) : one)),
      ),
      accounts: who.includes("accounts"),
      anybody: who.includes("anybody"),
      may: new Set<string>(may),
    }));
  }

  /** Names of repositories are told to those who may pull; who may pull anywhere may ask for them. */
  allow(identity: Identity, { repository, action }: Deed): boolean {
    if (action === "ping") return identity !== undefined;
    const right: Action = action === "list" ? "pull" : action;
    return this.#rules.some(
      (rule) =>
        rule.may.has(right) &&
        isMeant(rule, identity) &&
        (repository === undefined ? action === "list" : rule.fits.some((fits) => fits(repository))),
    );
  }
}

function isMeant(rule: Compiled, identity: Identity): boolean {
  if (rule.anybody) return true;
  return identity !== undefined && (rule.accounts || rule.names.has(identity));
}
