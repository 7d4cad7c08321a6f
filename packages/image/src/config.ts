import { type DiffId, isDigest, parseDiffId } from "@shale/content";
import { asList, asObject, asStrings, invalid, isObject, parseJson } from "./json.ts";

/** What an image's config says that this package needs. OCI image-spec, config.md. */
export interface ImageConfig {
  readonly createdMs: number | undefined;
  readonly os: string | undefined;
  readonly architecture: string | undefined;
  readonly variant: string | undefined;
  readonly diffIds: readonly DiffId[];
  readonly labels: Readonly<Record<string, string>>;
  /** How the image came about, from the lowest layer up. Empty steps have no layer. */
  readonly history: readonly HistoryStep[];
}

export interface HistoryStep {
  readonly createdMs: number | undefined;
  readonly createdBy: string | undefined;
  readonly comment: string | undefined;
  readonly emptyLayer: boolean;
}

/** @throws ImageError `DOCUMENT_INVALID`, `DOCUMENT_TOO_LARGE` */
export function parseConfig(bytes: Uint8Array, what: string): ImageConfig {
  const config = asObject(parseJson(bytes, what), what);
  const { created, os, architecture, variant, rootfs, history, config: run } = config;
  const diffIds = isObject(rootfs) ? asStrings(rootfs.diff_ids, `the diff_ids of ${what}`) : [];
  return {
    createdMs: timeOf(created),
    os: textOf(os),
    architecture: textOf(architecture),
    variant: textOf(variant),
    diffIds: diffIds.map((text) => {
      if (isDigest(text)) return parseDiffId(text);
      throw invalid(`the diff_ids of ${what}`, "an item of it is no digest");
    }),
    labels: labelsOf(isObject(run) ? run.Labels : undefined),
    history: asList(history, `the history of ${what}`).map(historyStep),
  };
}

function labelsOf(value: unknown): Readonly<Record<string, string>> {
  const labels = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    labels.filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

function historyStep(value: unknown): HistoryStep {
  const step = isObject(value) ? value : {};
  return {
    createdMs: timeOf(step.created),
    createdBy: textOf(step.created_by),
    comment: textOf(step.comment),
    emptyLayer: step.empty_layer === true,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** RFC 3339, with as many digits of a second as there are. */
function timeOf(value: unknown): number | undefined {
  const timeMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
