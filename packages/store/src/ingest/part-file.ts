import { type FileHandle, open } from "node:fs/promises";
import {
  type BlobSource,
  ContentError,
  type Digest,
  type DigestAlgorithm,
  digestFromBytes,
  LIMITS,
} from "@shale/content";
import { createDigester } from "@shale/hash";
import { RangeSums } from "../read/verified.ts";
import { sourceBytes } from "../staged.ts";
import { type Inflated, InflatePass } from "./inflate.ts";
import { GUESS_BYTES, type Guess, guess } from "./recognise.ts";

/** What is known of a stream once all of it was written. */
export interface PartSummary {
  readonly sizeBytes: number;
  readonly guess: Guess;
  /** What a compressed stream holds; nothing when it is damaged. */
  readonly inflated: Inflated | undefined;
  readonly rangeSums: Uint32Array;
}

/**
 * An ingest's bytes on disk, and everything that is computed from them in the same pass: digest, what they are, the
 * diffID of what is inside, range sums.
 */
export class PartFile {
  readonly #file: FileHandle;
  /** Most blobs are named by it; for another algorithm the file is read once more. */
  readonly #sha256 = createDigester("sha256");
  readonly #sums = new RangeSums();
  readonly #head = new Uint8Array(GUESS_BYTES);
  #inflate: InflatePass | undefined;
  #sizeBytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens the file, or makes it; what it holds already is read through once. */
  static async open(path: string): Promise<PartFile> {
    const file = await open(path, "a+", 0o600);
    const part = new PartFile(file);
    try {
      const buffer = new Uint8Array(LIMITS.slabBytes);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, part.#sizeBytes);
        if (bytesRead === 0) return part;
        await part.#follow(buffer.subarray(0, bytesRead));
      }
    } catch (error) {
      await part.close();
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    // Appending: a short write leaves a prefix of the stream, which is what a resume expects.
    const [{ bytesWritten }] = await Promise.all([this.#file.write(bytes), this.#follow(bytes)]);
    if (bytesWritten !== bytes.length) {
      throw Object.assign(new Error("short write"), { code: "ENOSPC" });
    }
  }

  /** The digest of everything written. Nothing can be written afterwards. */
  async digest(algorithm: DigestAlgorithm): Promise<Digest> {
    if (algorithm === "sha256") return digestFromBytes(algorithm, this.#sha256.digest());
    const digester = createDigester(algorithm);
    const whole = { offsetBytes: 0, lengthBytes: this.#sizeBytes };
    for await (const bytes of sourceBytes(this.source(), whole)) digester.update(bytes);
    return digestFromBytes(algorithm, digester.digest());
  }

  /** @throws ContentError `INGEST_LOCKED` */
  async finish(): Promise<PartSummary> {
    await this.#requireAlone();
    return {
      sizeBytes: this.#sizeBytes,
      guess: guess(this.#head.subarray(0, Math.min(this.#sizeBytes, GUESS_BYTES))),
      inflated: await this.#inflate?.finish(),
      rangeSums: this.#sums.finish(),
    };
  }

  /** The bytes, while the part is open. */
  source(): BlobSource {
    return {
      sizeBytes: this.#sizeBytes,
      read: async (target, positionBytes) => {
        const { bytesRead } = await this.#file.read(target, 0, target.length, positionBytes);
        return bytesRead;
      },
    };
  }

  async close(): Promise<void> {
    await this.#inflate?.finish();
    await this.#file.close();
  }

  /**
   * A writer that slept through its lease may wake up and go on, while another one has taken its ingest over: what both
   * append is neither's stream.
   */
  async #requireAlone(): Promise<void> {
    const { size } = await this.#file.stat();
    if (size === this.#sizeBytes) return;
    const message = `commit ingest: ${this.#sizeBytes} bytes were written and ${size} are there; another process wrote to it, begin again`;
    throw new ContentError("INGEST_LOCKED", message);
  }

  async #follow(bytes: Uint8Array): Promise<void> {
    if (this.#sizeBytes < GUESS_BYTES) await this.#followHead(bytes);
    else await this.#inflate?.write(bytes);
    this.#sizeBytes += bytes.length;
    this.#sha256.update(bytes);
    this.#sums.update(bytes);
  }

  /** The first four bytes decide whether there is anything to inflate; they may come one by one. */
  async #followHead(bytes: Uint8Array): Promise<void> {
    const before = this.#sizeBytes;
    this.#head.set(bytes.subarray(0, GUESS_BYTES - before), before);
    if (this.#inflate) return await this.#inflate.write(bytes);
    const known = this.#head.subarray(0, Math.min(before + bytes.length, GUESS_BYTES));
    const found = guess(known);
    if (found !== "gzip" && found !== "zstd") return;
    this.#inflate = new InflatePass(found);
    // What came before these bytes is in the head.
    await this.#inflate.write(this.#head.slice(0, before));
    await this.#inflate.write(bytes);
  }
}
