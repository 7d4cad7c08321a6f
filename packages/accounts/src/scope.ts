import { isRepositoryName } from "@shale/content";
import type { Deed } from "@shale/registry";

/** What a token is for, or shall be: Docker's token specification, "Scope". */
export interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** Scopes of one request, and the actions of one: enough for a push with mounts from everywhere. */
const SCOPES = 100;
const ACTIONS = 10;
/** How clients name what lists repositories. */
const CATALOG: Grant = { type: "registry", name: "catalog", actions: ["*"] };

/** `repository:team/app:pull,push`; several stand apart by blanks. What cannot be read grants nothing, and is left out. */
export function parseScopes(texts: readonly string[]): Grant[] {
  const scopes = texts.flatMap((text) => text.split(" ")).filter((text) => text !== "");
  return scopes.slice(0, SCOPES).flatMap((scope) => parseScope(scope) ?? []);
}

function parseScope(scope: string): Grant | undefined {
  const first = scope.indexOf(":");
  const last = scope.lastIndexOf(":");
  if (first < 0 || first === last) return undefined;
  // `repository(plugin)` is a repository of its own class for Docker; here it is none.
  const [type, name] = [scope.slice(0, first), scope.slice(first + 1, last)];
  const actions = scope
    .slice(last + 1)
    .split(",")
    .slice(0, ACTIONS);
  const isKnown = type === "repository" ? isRepositoryName(name) : type === "registry";
  return isKnown ? { type, name, actions: [...new Set(actions)] } : undefined;
}

/** The scopes that a token needs for deeds, in the order they were named. */
export function scopesOf(deeds: readonly Deed[]): string {
  const actions = new Map<string, string[]>();
  for (const { repository, action } of deeds) {
    if (action === "ping") continue;
    const of = repository === undefined ? "registry:catalog" : `repository:${repository}`;
    const known = actions.get(of) ?? [];
    const word = repository === undefined ? "*" : action;
    actions.set(of, known.includes(word) ? known : [...known, word]);
  }
  return [...actions].map(([of, words]) => `${of}:${words.join(",")}`).join(" ");
}

/** What of a grant is allowed; `undefined` when nothing is. */
export function allowed(grant: Grant, allow: (deed: Deed) => boolean): Grant | undefined {
  if (grant.type === CATALOG.type) {
    const isMeant = grant.name === CATALOG.name && grant.actions.some((one) => one === "*");
    return isMeant && allow({ repository: undefined, action: "list" }) ? CATALOG : undefined;
  }
  const wanted = grant.actions.includes("*") ? ["pull", "push", "delete"] : grant.actions;
  const actions = wanted.filter(
    (action) => isRight(action) && allow({ repository: grant.name, action }),
  );
  return actions.length > 0 ? { ...grant, actions } : undefined;
}

function isRight(action: string): action is "pull" | "push" | "delete" {
  return action === "pull" || action === "push" || action === "delete";
}

/** Whether grants allow a deed, and exactly that: a grant for one name says nothing of another. */
export function grants(all: readonly Grant[], { repository, action }: Deed): boolean {
  // Whoever has a token was heard.
  if (action === "ping") return true;
  const [type, name] =
    repository === undefined || action === "list"
      ? [CATALOG.type, CATALOG.name]
      : ["repository", repository];
  const word = type === "registry" ? "*" : action;
  return all.some(
    (grant) =>
      grant.type === type &&
      grant.name === name &&
      (grant.actions.includes(word) || grant.actions.includes("*")),
  );
}

/** The `access` claim of a token. What is not shaped as it should be grants nothing. */
export function asGrants(claim: unknown): Grant[] {
  if (!Array.isArray(claim)) return [];
  return claim.flatMap((one: unknown) => {
    const { type, name, actions } = (one ?? {}) as Partial<Record<keyof Grant, unknown>>;
    const isGood = typeof type === "string" && typeof name === "string" && Array.isArray(actions);
    if (!isGood) return [];
    return [{ type, name, actions: actions.filter((action) => typeof action === "string") }];
  });
}
