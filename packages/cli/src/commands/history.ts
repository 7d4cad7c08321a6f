import { digestHex } from "@shale/content";
import { type HistoryEntry, imageHistory } from "@shale/image";
import type { Context } from "../context.ts";
import { openStore } from "../open-store.ts";
import { humanAge } from "../output/ages.ts";
import { humanBytes } from "../output/bytes.ts";
import { jsonTime } from "../output/json.ts";
import { print } from "../output/print.ts";
import { formatRows, type Row } from "../output/rows.ts";
import { parsePlatform } from "../platform.ts";

export interface HistoryOptions {
  readonly ref: string;
  readonly trunc: boolean;
  readonly human: boolean;
  readonly format?: string | undefined;
  readonly platform?: string | undefined;
}

/** The id of a step that is no image of its own any more, as docker has it. */
const MISSING = "<missing>";
const CREATED_BY_CHARACTERS = 45;

const HEADERS = {
  ID: "IMAGE",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  CreatedBy: "CREATED BY",
  Size: "SIZE",
  Comment: "COMMENT",
  Shared: "SHARED",
};

export async function history(context: Context, options: HistoryOptions): Promise<void> {
  const platform = parsePlatform(options.platform);
  await using store = await openStore(context);
  const entries = await imageHistory(store, options.ref, { platform });
  const rows = entries.map((entry) => rowOf(entry, options));
  const created = options.human ? "CreatedSince" : "CreatedAt";
  const columns = ["ID", created, "CreatedBy", "Size", "Comment", "Shared"];
  await print(context, {
    json: entries.map(jsonOf),
    text: context.quiet
      ? rows.map(({ ID }) => `${ID}\n`).join("")
      : formatRows(rows, options.format, { columns, headers: HEADERS }),
  });
}

function rowOf(entry: HistoryEntry, { trunc, human }: HistoryOptions): Row {
  const { imageId, createdMs, createdBy, comment, sizeBytes, layer } = entry;
  const id = imageId === undefined ? MISSING : trunc ? digestHex(imageId).slice(0, 12) : imageId;
  const words = createdBy.replace(/\s+/g, " ");
  const shared = layer === undefined ? "-" : `${layer.sharedWith}`;
  return {
    ID: id,
    CreatedSince: humanAge(createdMs, Date.now()),
    CreatedAt: createdMs === undefined ? "N/A" : new Date(createdMs).toISOString(),
    CreatedBy: trunc ? cut(words, CREATED_BY_CHARACTERS) : words,
    Size: human ? humanBytes(sizeBytes) : `${sizeBytes}`,
    Comment: comment.replace(/\s+/g, " "),
    Shared: shared,
  };
}

function cut(text: string, characters: number): string {
  const all = [...text];
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join("")}…`;
}

function jsonOf({
  imageId,
  createdMs,
  createdBy,
  comment,
  sizeBytes,
  layer,
}: HistoryEntry): unknown {
  return {
    imageId: imageId ?? null,
    created: jsonTime(createdMs),
    createdBy,
    comment,
    sizeBytes,
    digest: layer?.digest ?? null,
    diffId: layer?.diffId ?? null,
    sharedWith: layer?.sharedWith ?? null,
  };
}
