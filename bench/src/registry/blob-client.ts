import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";

const PIECE_BYTES = 1024 * 1024;

/** A blob that nobody keeps: its bytes are made when they are asked for. */
export interface NoiseBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  pieces(): Generator<Buffer>;
}

/** Noise, the same each time; no two blobs are alike. */
export function noiseBlob(sizeBytes: number): NoiseBlob {
  const noise = randomBytes(PIECE_BYTES);
  function* pieces(): Generator<Buffer> {
    for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
      const piece = Buffer.from(noise.subarray(0, Math.min(PIECE_BYTES, sizeBytes - at)));
      // No piece is as another one: what is stored once is not what is measured.
      if (piece.length >= 8) piece.writeDoubleLE(at);
      yield piece;
    }
  }
  const hash = createHash("sha256");
  for (const piece of pieces()) hash.update(piece);
  return { digest: `sha256:${hash.digest("hex")}`, sizeBytes, pieces };
}

/** POST, then a PUT of all bytes. @throws Error when it is not taken */
export async function pushBlob(domain: string, repository: string, blob: NoiseBlob): Promise<void> {
  const begun = await fetch(`http://${domain}/v2/${repository}/blobs/uploads/`, { method: "POST" });
  const location = new URL(begun.headers.get("location") ?? "", `http://${domain}`);
  location.searchParams.set("digest", blob.digest);
  const body = Readable.toWeb(Readable.from(blob.pieces()));
  const headers = { "Content-Length": String(blob.sizeBytes) };
  const init = { method: "PUT", headers, body, duplex: "half" } as unknown as RequestInit;
  const { status } = await fetch(location, init).catch((cause: unknown) => {
    throw new Error(`push to ${domain}: it broke off`, { cause });
  });
  if (status !== 201) throw new Error(`push to ${domain}: status ${status}`);
}

/** @throws Error when its bytes are others */
export async function pullBlob(domain: string, repository: string, blob: NoiseBlob): Promise<void> {
  const response = await fetch(`http://${domain}/v2/${repository}/blobs/${blob.digest}`);
  const hash = createHash("sha256");
  for await (const piece of response.body ?? []) hash.update(piece as Uint8Array);
  const digest = `sha256:${hash.digest("hex")}`;
  if (digest !== blob.digest) throw new Error(`pull from ${domain}: other bytes came`);
}

/** Runs work `atOnce` at a time. */
export async function together(
  count: number,
  atOnce: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
