import type { Digest, Lease, Store } from "@shale/content";
import { bytesSource, isDigest } from "@shale/content";
import { createTarScanner, type TarEntry } from "@shale/tar";
import { IMAGE_LIMITS } from "../limits.ts";
import { discard } from "../store-bytes.ts";
import { createMemberIndex, invalidArchive, type MemberIndex } from "./member-index.ts";
import type { Member, Members } from "./members.ts";
import { memberPath } from "./path.ts";

type Found =
  | { readonly entry: TarEntry }
  | { readonly start: number; readonly end: number; readonly last: boolean };

/** Takes the content of one member as it comes by. */
interface Sink {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<Member>;
  drop(): Promise<void>;
}

/** Events of one piece are held until they were acted on, so pieces are kept small. */
const PIECE_BYTES = 256 * 1024;

/**
 * Reads a tar that passes by once. What a member is for is only known when the manifest comes,
 * which may be last: small members are kept, large ones become blobs at once, under the lease.
 * @throws ImageError `ARCHIVE_INVALID`
 * @throws ContentError `DIGEST_MISMATCH` when a member is not what its path says
 */
export async function readTarStream(
  store: Store,
  pieces: AsyncIterable<Uint8Array>,
  options: { readonly lease: Lease; readonly signal?: AbortSignal },
): Promise<Members> {
  const found: Found[] = [];
  const scanner = createTarScanner({
    literal() {},
    payload: (start, end, last) => found.push({ start, end, last }),
    entry: (entry) => found.push({ entry }),
  });
  const index = createMemberIndex();
  await using reader = createReader(store, index, options);
  for await (const whole of pieces) {
    for (let at = 0; at < whole.length; at += PIECE_BYTES) {
      const piece = whole.subarray(at, at + PIECE_BYTES);
      scanner.scan(piece);
      for (const one of found) {
        if ("entry" in one) await reader.begin(one.entry);
        else await reader.content(piece.subarray(one.start, one.end), one.last);
      }
      found.length = 0;
    }
  }
  if (scanner.finish().truncated) throw invalidArchive("it ends in the middle of a member");
  return { find: async (path) => index.find(path), async [Symbol.asyncDispose]() {} };
}

interface EntryReader extends AsyncDisposable {
  begin(entry: TarEntry): Promise<void>;
  content(bytes: Uint8Array, last: boolean): Promise<void>;
}

function createReader(
  store: Store,
  index: MemberIndex,
  options: { readonly lease: Lease; readonly signal?: AbortSignal },
): EntryReader {
  let keptBytes = 0;
  let path = "";
  let sink: Sink | undefined;

  async function open(entry: TarEntry): Promise<Sink> {
    const { sizeBytes } = entry;
    const small = sizeBytes <= IMAGE_LIMITS.documentBytes;
    if (!small || keptBytes + sizeBytes > IMAGE_LIMITS.keptBytes) {
      const digest = digestOfPath(entry.path);
      return ingestSink(store, { ...options, ...(digest !== undefined && { digest }) });
    }
    keptBytes += sizeBytes;
    return memorySink();
  }

  async function end(): Promise<void> {
    if (sink === undefined) return;
    index.addFile(path, await sink.end());
    sink = undefined;
  }

  return {
    async begin(entry) {
      if (entry.type === "hardlink" || entry.type === "symlink") index.addLink(entry);
      if (entry.type !== "file") return;
      path = entry.path;
      sink = await open(entry);
      if (entry.sizeBytes === 0) await end();
    },
    async content(bytes, last) {
      await sink?.write(bytes);
      if (last) await end();
    },
    async [Symbol.asyncDispose]() {
      await sink?.drop();
    },
  };
}

function memorySink(): Sink {
  const pieces: Uint8Array[] = [];
  return {
    async write(bytes) {
      pieces.push(Uint8Array.from(bytes));
    },
    async end() {
      return { source: bytesSource(Buffer.concat(pieces)) };
    },
    async drop() {},
  };
}

async function ingestSink(
  store: Store,
  options: { readonly digest?: Digest; readonly lease: Lease; readonly signal?: AbortSignal },
): Promise<Sink> {
  const { signal, ...expected } = options;
  const writer = await store.ingest(signal === undefined ? {} : { signal });
  return {
    write: (bytes) => writer.write(bytes),
    async end() {
      return { ingested: await writer.commit(expected) };
    },
    async drop() {
      await writer[Symbol.asyncDispose]();
      await discard(store, writer.id);
    },
  };
}

/** OCI image-spec, image-layout.md, "Blobs": the path of a blob says its digest. */
function digestOfPath(path: string): Digest | undefined {
  const parts = /^blobs\/([^/]+)\/([^/]+)$/.exec(memberPath(path) ?? "");
  const digest = parts === null ? "" : `${parts[1]}:${parts[2]}`;
  return isDigest(digest) ? digest : undefined;
}
