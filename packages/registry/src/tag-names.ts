import { normalForm, tryParseReference } from "@shale/image";

/** Where tags of repositories are in a store: under the names that `docker pull` has for them. */
export interface TagNames {
  /** `localhost:5000` */
  readonly domain: string;
  /** `localhost:5000/team/app:1.0` */
  nameOf(repository: string, tag: string): string;
  /** How the names of a repository's tags begin; of all repositories' without one. */
  prefixOf(repository?: string): string;
  /** What a name in a store means here. */
  parse(name: string): { readonly repository: string; readonly tag: string } | undefined;
}

/**
 * A domain that docker reads as something else is refused: `docker.io/app` is `docker.io/library/app` to it, and `app` or
 * `registry` alone is no domain at all. What is pushed would be listed under a name that nobody gave.
 * @throws TypeError
 */
export function tagNames(domain: string): TagNames {
  const probe = tryParseReference(`${domain}/app`);
  if (probe?.domain !== domain || probe.path !== "app") {
    const message = `registry ${JSON.stringify(domain)}: give a name with a dot or a port, as localhost:5000`;
    throw new TypeError(message);
  }
  const prefixOf = (repository?: string): string =>
    repository === undefined ? `${domain}/` : `${domain}/${repository}:`;
  return {
    domain,
    prefixOf,
    nameOf: (repository, tag) => `${prefixOf(repository)}${tag}`,
    parse: (name) => {
      const reference = tryParseReference(name);
      if (reference?.domain !== domain || reference.digest !== undefined) return undefined;
      const { path, tag } = reference;
      if (tag === undefined || normalForm(reference) !== name) return undefined;
      return { repository: path, tag };
    },
  };
}
