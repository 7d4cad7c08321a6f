import { BuildError } from "../errors.ts";
import type { ImageTree } from "./image-tree.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * `user`, `user:group`, by numbers or by names that the image's own lists know. Without a group it is the user's, or the same number.
 * @throws BuildError `OWNER_UNKNOWN`
 */
export async function ownerOf(tree: ImageTree, text: string, signal?: AbortSignal): Promise<Owner> {
  const [user = "", group] = text.split(":");
  const users = isNumber(user) ? undefined : await list(tree, "etc/passwd", signal);
  const found = users?.get(user);
  if (users !== undefined && found === undefined)
    throw unknown(text, `user ${JSON.stringify(user)}`, "/etc/passwd");
  const uid = found === undefined ? Number(user) : Number(found[0]);
  if (group === undefined) return { uid, gid: found === undefined ? uid : Number(found[1]) };
  if (isNumber(group)) return { uid, gid: Number(group) };
  const own = (await list(tree, "etc/group", signal)).get(group);
  if (own === undefined) throw unknown(text, `group ${JSON.stringify(group)}`, "/etc/group");
  return { uid, gid: Number(own[0]) };
}

function isNumber(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

/** Name → the fields behind the password. */
async function list(
  tree: ImageTree,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, string[]>> {
  const lines = ((await tree.text(path, signal)) ?? "").split("\n");
  const entries = lines
    .map((line) => line.trim().split(":"))
    .filter((fields) => fields.length >= 3);
  return new Map(entries.map(([name, _password, ...rest]) => [name!, rest]));
}

function unknown(text: string, who: string, file: string): BuildError {
  const hint = "name it by a number, or add it to the base image";
  return new BuildError(
    "OWNER_UNKNOWN",
    `read owner ${JSON.stringify(text)}: ${file} of the image has no ${who}; ${hint}`,
  );
}
