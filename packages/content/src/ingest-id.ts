import type { IngestId } from "./ingest.ts";

const SHAPE = /^[A-Za-z0-9_-]{1,128}$/;

/** Whether `text` can name an ingest. It is short and plain enough to be a file's name. */
export function isIngestId(text: string): text is IngestId {
  return SHAPE.test(text);
}

/** @throws TypeError when `text` cannot name an ingest */
export function parseIngestId(text: string): IngestId {
  if (isIngestId(text)) return text;
  throw new TypeError(
    `ingest ${JSON.stringify(text.slice(0, 140))}: an id has 1 to 128 letters, digits, - and _`,
  );
}
