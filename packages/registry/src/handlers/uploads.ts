import type { BlobWriter, Digest } from "@shale/content";
import { RegistryError } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import type { Answer } from "../http/answer.ts";
import { type InclusiveRange, parseContentRange } from "../http/ranges.ts";
import type { RequestOf } from "../requests.ts";
import type { Owner } from "../uploads.ts";

/** end-4a, end-4c; end-4b when the digest is told, and the body is the blob */
export async function beginUpload(
  exchange: Exchange,
  { repository, digest }: RequestOf<"begin upload">,
): Promise<Answer> {
  const owner = ownerOf(exchange, repository);
  if (digest === undefined) await exchange.quotas.room(repository);
  const id = await exchange.uploads.begin(owner);
  if (digest === undefined) return begun(repository, id);
  try {
    return await finish(exchange, { repository, id, digest });
  } catch (error) {
    // Nobody was told of its id. What the digest did not fit is gone already.
    await exchange.uploads.cancel(owner, id).catch(() => {});
    throw error;
  }
}

/** end-5 */
export async function appendToUpload(
  exchange: Exchange,
  { repository, id }: RequestOf<"append to upload">,
): Promise<Answer> {
  const room = await exchange.quotas.room(repository);
  const sizeBytes = await exchange.uploads.use(ownerOf(exchange, repository), id, (writer) =>
    take(exchange, writer, room),
  );
  return { outcome: "accepted", headers: progress({ repository, id, sizeBytes }) };
}

/** end-6 */
export async function finishUpload(
  exchange: Exchange,
  request: RequestOf<"finish upload">,
): Promise<Answer> {
  return await finish(exchange, request);
}

/** end-13 */
export async function askForUpload(
  exchange: Exchange,
  { repository, id }: RequestOf<"ask for upload">,
): Promise<Answer> {
  const sizeBytes = await exchange.uploads.sizeBytes(ownerOf(exchange, repository), id);
  return { outcome: "no content", headers: progress({ repository, id, sizeBytes }) };
}

/** end-14 */
export async function cancelUpload(
  exchange: Exchange,
  { repository, id }: RequestOf<"cancel upload">,
): Promise<Answer> {
  await exchange.uploads.cancel(ownerOf(exchange, repository), id);
  return { outcome: "no content" };
}

/** Where a blob of a repository is, for whoever has just brought it. */
export function createdBlob(repository: string, digest: Digest): Answer {
  const Location = `/v2/${repository}/blobs/${digest}`;
  return { outcome: "created", headers: { Location, "Docker-Content-Digest": digest } };
}

export function begun(repository: string, id: string): Answer {
  return { outcome: "accepted", headers: progress({ repository, id, sizeBytes: 0 }) };
}

/** Acknowledged when the blob is durable, and a member of the repository. */
async function finish(
  exchange: Exchange,
  { repository, id, digest }: { repository: string; id: string; digest: Digest },
): Promise<Answer> {
  const { store, uploads, uses, quotas } = exchange;
  const owner = ownerOf(exchange, repository);
  await uploads.finish(owner, id, async (writer) => {
    // What it has takes no more room.
    const isHere = (await store.member(repository, { digest, kind: "blob" })) !== undefined;
    const room = isHere ? undefined : await quotas.room(repository);
    const sizeBytes = await take(exchange, writer, room);
    await using lease = await store.lease();
    const stored = await writer.commit({ digest, lease });
    await uses.note(repository, digest);
    await quotas.admit(repository, { digest, kind: "blob", sizeBytes }, () =>
      store.addMembers(repository, [{ digest, kind: "blob", note: "" }]),
    );
    exchange.onStored(stored);
  });
  return createdBlob(repository, digest);
}

/**
 * Writes a request's body behind what is here, and gives the size of all.
 * @throws RegistryError `RANGE_INVALID` for a chunk that does not follow, `SIZE_INVALID`, `DENIED` for more than the repository
 * may hold; ClientGone
 */
async function take(
  { body, headers }: Exchange,
  writer: BlobWriter,
  room: number | undefined,
): Promise<number> {
  const range = parseContentRange(headers["content-range"]);
  const length = range && range.last - range.first + 1;
  if (range !== undefined) requireNext(range, writer.sizeBytes);
  if (body.sizeBytes !== undefined && length !== undefined && body.sizeBytes !== length) {
    const message = `Content-Range tells of ${length} bytes, Content-Length of ${body.sizeBytes}`;
    throw new RegistryError("SIZE_INVALID", message);
  }
  let takenBytes = 0;
  for await (const piece of body.pieces()) {
    takenBytes += piece.length;
    if (takenBytes > (length ?? takenBytes)) throw moreThanAnnounced(length);
    if (room !== undefined && writer.sizeBytes + piece.length > room) throw noRoom(room);
    await writer.write(piece, { isGiven: true });
  }
  if (takenBytes < (length ?? takenBytes)) throw moreThanAnnounced(length);
  return writer.sizeBytes;
}

function requireNext({ first }: InclusiveRange, sizeBytes: number): void {
  if (first === sizeBytes) return;
  const message = `the chunk begins at ${first}; the next one begins at ${sizeBytes}`;
  throw new RegistryError("RANGE_INVALID", message);
}

function moreThanAnnounced(length: number | undefined): RegistryError {
  return new RegistryError("SIZE_INVALID", `the chunk has not the ${length} bytes it tells of`);
}

/** Said while it comes: what cannot be kept need not be sent. */
function noRoom(room: number): RegistryError {
  const message = `the repository has room for ${room} bytes, and this is more`;
  return new RegistryError("DENIED", message, { detail: { roomBytes: room } });
}

function ownerOf({ identity }: Exchange, repository: string): Owner {
  return { repository, identity };
}

interface UploadProgress {
  readonly repository: string;
  readonly id: string;
  readonly sizeBytes: number;
}

/** An upload without a byte says `0-0`, as one with a single byte does: the spec has no way to tell them apart. */
function progress({ repository, id, sizeBytes }: UploadProgress): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(0, sizeBytes - 1)}`,
    "Docker-Upload-UUID": id,
  };
}
