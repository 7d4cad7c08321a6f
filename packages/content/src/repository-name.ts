import { ContentError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import type { NewMember } from "./repositories.ts";

/** distribution-spec, "Pulling manifests": the grammar of `<name>`. */
const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);

/** Whether a store takes `name` for a repository: 1 to `LIMITS.repositoryNameBytes` bytes of the grammar that registries have. */
export function isRepositoryName(name: string): boolean {
  return name.length <= LIMITS.repositoryNameBytes && NAME.test(name);
}

/** @throws ContentError `REPOSITORY_INVALID` */
export function assertRepositoryName(name: string): void {
  if (isRepositoryName(name)) return;
  const shown = JSON.stringify(name.slice(0, 100));
  throw new ContentError(
    "REPOSITORY_INVALID",
    `repository ${shown}: a name has 1 to ${LIMITS.repositoryNameBytes} bytes, as library/nginx`,
  );
}

/**
 * What a store is asked to add, each member once: of two that are the same the later one counts.
 * @throws ContentError `REPOSITORY_INVALID`, `LIMIT_EXCEEDED`
 */
export function checkMembers(repository: string, members: Iterable<NewMember>): NewMember[] {
  assertRepositoryName(repository);
  const checked = new Map<string, NewMember>();
  for (const { digest, kind, note } of members) {
    if (!note.isWellFormed()) {
      throw new TypeError(`add ${digest} to ${repository}: its note is not well-formed text`);
    }
    if (Buffer.byteLength(note) > LIMITS.memberNoteBytes) {
      const message = `add ${digest} to ${repository}: its note is longer than ${LIMITS.memberNoteBytes} bytes`;
      throw new ContentError("LIMIT_EXCEEDED", message);
    }
    checked.set(`${kind} ${digest}`, { digest, kind, note });
    if (checked.size > LIMITS.membersPerAdd) {
      const message = `add to ${repository}: more than ${LIMITS.membersPerAdd} members at once`;
      throw new ContentError("LIMIT_EXCEEDED", message);
    }
  }
  return [...checked.values()];
}
