import type { Scope } from "./auth/scope.ts";
import { RemoteError } from "./errors.ts";
import type { RegistryClient } from "./http/client.ts";
import { headerOf, readBody } from "./http/exchange.ts";
import { REMOTE_LIMITS } from "./limits.ts";
import { nextPage } from "./paging.ts";

/** The items of a list, page after page; a registry that leads in a circle is left. */
export async function* listItems(
  client: RegistryClient,
  list: {
    readonly at: string;
    readonly field: "tags" | "repositories";
    readonly scopes: readonly Scope[];
    readonly action: string;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<string> {
  const seen = new Set<string>();
  for (let at: string | URL | undefined = list.at; at !== undefined; ) {
    const response = await client.send({
      method: "GET",
      at,
      scopes: list.scopes,
      expected: [200],
      action: list.action,
      unknown: "REPOSITORY_UNKNOWN",
      signal: list.signal,
    });
    const { url, headers } = response;
    if (seen.has(url.href) || seen.size >= REMOTE_LIMITS.pages) {
      throw new RemoteError("NOT_A_REGISTRY", `${list.action}: its pages have no end`);
    }
    seen.add(url.href);
    yield* itemsOf(await readBody(response, REMOTE_LIMITS.answerBytes), list);
    at = nextPage(headerOf(headers, "link"), url);
  }
}

function itemsOf(body: Buffer, list: { field: string; action: string }): readonly string[] {
  let items: unknown;
  try {
    items = (JSON.parse(body.toString()) as Record<string, unknown>)[list.field] ?? [];
  } catch {
    items = undefined;
  }
  if (Array.isArray(items) && items.every((item) => typeof item === "string")) return items;
  throw new RemoteError("NOT_A_REGISTRY", `${list.action}: the answer is no list`);
}
