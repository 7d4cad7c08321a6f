import { RemoteError } from "./errors.ts";

/**
 * The next page of a list. RFC 8288; OCI distribution-spec, "Listing Tags". It must be of the same registry: a client that
 * followed it elsewhere would show its credentials there.
 * @throws RemoteError `NOT_A_REGISTRY`
 */
export function nextPage(link: string | undefined, page: URL): URL | undefined {
  for (const [, target = "", parameters = ""] of (link ?? "").matchAll(
    /<([^>]*)>((?:[^,"]|"[^"]*")*)/g,
  )) {
    if (!/;\s*rel\s*=\s*"?next"?\s*(;|$)/i.test(parameters)) continue;
    const next = URL.parse(target, page.href);
    if (next?.origin === page.origin) return next;
    const where = next?.origin ?? JSON.stringify(target.slice(0, 100));
    throw new RemoteError("NOT_A_REGISTRY", `list ${page.pathname}: its next page is at ${where}`);
  }
  return undefined;
}
