/** What a request does to a repository. */
export type Action = "pull" | "push" | "delete";

/** The right to something of a registry. Docker's token spec, "scope". */
export interface Scope {
  /** `repository:library/nginx` or `registry:catalog` */
  readonly resource: string;
  readonly actions: readonly (Action | "*")[];
}

export const CATALOG: Scope = { resource: "registry:catalog", actions: ["*"] };

export function repositoryScope(path: string, actions: readonly Action[]): Scope {
  return { resource: `repository:${path}`, actions };
}

export function scopeText({ resource, actions }: Scope): string {
  return `${resource}:${actions.join(",")}`;
}
