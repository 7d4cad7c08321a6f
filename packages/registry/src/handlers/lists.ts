import { RegistryError } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import { type Answer, json } from "../http/answer.ts";
import { REGISTRY_LIMITS } from "../limits.ts";
import { tagsOf } from "../repository/tags.ts";
import type { Page, RequestOf } from "../requests.ts";

/** end-8a, end-8b */
export async function listTags(
  exchange: Exchange,
  { repository, page }: RequestOf<"list tags">,
): Promise<Answer> {
  const all: string[] = [];
  for await (const { tag } of tagsOf(exchange, repository)) all.push(tag);
  if (all.length === 0 && !(await hasMembers(exchange, repository))) {
    throw new RegistryError("NAME_UNKNOWN", "no such repository is here");
  }
  const { entries, next } = cut(all, page);
  return json({ name: repository, tags: entries }, link(`/v2/${repository}/tags/list`, next));
}

/** Not of the spec: docker's API, "Listing Repositories". Those whose tags were given by other means are listed, too. */
export async function listRepositories(
  { store, names, may }: Exchange,
  { page }: RequestOf<"catalog">,
): Promise<Answer> {
  const found = new Set<string>();
  for await (const repository of store.repositories()) found.add(repository);
  for await (const { name } of store.tags({ prefix: names.prefixOf() })) {
    const repository = names.parse(name)?.repository;
    if (repository !== undefined) found.add(repository);
  }
  const told: string[] = [];
  for (const repository of found) {
    if (await may({ repository, action: "list" })) told.push(repository);
  }
  // Names are ASCII: the order of their characters is that of their bytes.
  const { entries, next } = cut(told.sort(), page);
  return json({ repositories: entries }, link("/v2/_catalog", next));
}

async function hasMembers({ store }: Exchange, repository: string): Promise<boolean> {
  for await (const _member of store.members(repository)) return true;
  return false;
}

interface NextPage {
  readonly n: number;
  readonly last: string;
}

/** Entries are sorted; what comes after `last` is listed whether `last` is still there or not. */
function cut(
  all: readonly string[],
  { n = REGISTRY_LIMITS.pageEntries, last }: Page,
): { readonly entries: readonly string[]; readonly next?: NextPage } {
  const count = Math.min(n, REGISTRY_LIMITS.pageEntries);
  const from = last === undefined ? 0 : all.findIndex((entry) => entry > last);
  const rest = from < 0 ? [] : all.slice(from);
  const entries = rest.slice(0, count);
  const end = entries.at(-1);
  return end === undefined || rest.length <= count
    ? { entries }
    : { entries, next: { n: count, last: end } };
}

/** RFC 8288, on the same origin: a client that follows it takes its credentials along (GHSA-h7vf-4x9w-h99v). */
function link(path: string, next: NextPage | undefined): Record<string, string> {
  if (next === undefined) return {};
  const query = new URLSearchParams({ n: String(next.n), last: next.last });
  return { Link: `<${path}?${query}>; rel="next"` };
}
