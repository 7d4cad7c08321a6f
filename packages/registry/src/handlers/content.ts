import type { Exchange } from "../exchange.ts";
import type { Answer } from "../http/answer.ts";
import { type InclusiveRange, matchesTag, parseRange } from "../http/ranges.ts";
import type { ReadableBlob } from "../readable-blob.ts";

/** A name that is a digest always has the same bytes; they may still be for some only. */
const FOR_EVER = "private, max-age=31536000, immutable";

export interface Content {
  readonly blob: ReadableBlob;
  readonly mediaType: string;
  readonly head: boolean;
  /** Whether the URL names the bytes themselves. */
  readonly isFixed: boolean;
}

/** The bytes of a blob or a manifest, or what is known of them: end-2 and end-3 are the same from here on. */
export function contentAnswer(exchange: Exchange, content: Content): Answer {
  const { blob, mediaType, head, isFixed } = content;
  const { digest, sizeBytes } = blob;
  const entityTag = `"${digest}"`;
  const headers = {
    "Docker-Content-Digest": digest,
    ETag: entityTag,
    "Cache-Control": isFixed ? FOR_EVER : "private, no-cache",
  };
  if (matchesTag(exchange.headers["if-none-match"], entityTag)) {
    return { outcome: "not modified", headers };
  }
  const described = { ...headers, "Content-Type": mediaType, "Accept-Ranges": "bytes" };
  const range = head ? undefined : rangeOf(exchange, { entityTag, sizeBytes });
  if (range !== undefined) {
    const { first, last } = range;
    const place = `bytes ${first}-${last}/${sizeBytes}`;
    const length = { "Content-Length": String(last - first + 1), "Content-Range": place };
    const body = open(exchange, blob, range);
    return { outcome: "partial", headers: { ...described, ...length }, body };
  }
  const whole = { ...described, "Content-Length": String(sizeBytes) };
  if (head) return { outcome: "ok", headers: whole };
  return { outcome: "ok", headers: whole, body: open(exchange, blob) };
}

function rangeOf(
  { headers }: Exchange,
  { entityTag, sizeBytes }: { readonly entityTag: string; readonly sizeBytes: number },
): InclusiveRange | undefined {
  const condition = headers["if-range"];
  // RFC 9110, section 13.1.5: a part of something else would be of no use.
  if (condition !== undefined && condition !== entityTag) return undefined;
  return parseRange(headers.range, sizeBytes);
}

function open(
  { signal }: Exchange,
  blob: ReadableBlob,
  range?: InclusiveRange,
): AsyncIterable<Uint8Array> {
  if (range === undefined) return blob.open({ signal });
  const { first, last } = range;
  return blob.open({ signal, range: { offsetBytes: first, lengthBytes: last - first + 1 } });
}
