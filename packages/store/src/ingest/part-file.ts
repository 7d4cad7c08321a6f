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

/** Writes are gathered up to this size: each costs a turn of libuv's threads, whatever its length. */
const GATHER_BYTES = 64 * 1024;

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
  /** On disk; what was gathered since comes behind it. */
  #sizeBytes = 0;
  #gathered: Uint8Array | undefined;
  #gatheredBytes = 0;

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
      await part.close({ drop: true });
      throw error;
    }
  }

  /** All that was written, the gathered bytes too. */
  get sizeBytes(): number {
    return this.#sizeBytes + this.#gatheredBytes;
  }

  /** Small pieces go to disk together with what comes after them: a failure may be theirs and show only then. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#gatheredBytes + bytes.length > GATHER_BYTES) await this.#flush();
    if (bytes.length > GATHER_BYTES) return await this.#append(bytes);
    this.#gathered ??= new Uint8Array(GATHER_BYTES);
    this.#gathered.set(bytes, this.#gatheredBytes);
    this.#gatheredBytes += bytes.length;
  }

  /** Gathered bytes are tried once: after a failure nothing may follow, or there would be a hole. */
  async #flush(): Promise<void> {
    const bytes = this.#gathered?.subarray(0, this.#gatheredBytes);
    this.#gatheredBytes = 0;
    if (bytes !== undefined && bytes.length > 0) await this.#append(bytes);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    // Appending: a short write leaves a prefix of the stream, which is what a resume expects.
    const [{ bytesWritten }] = await Promise.all([this.#file.write(bytes), this.#follow(bytes)]);
    if (bytesWritten !== bytes.length) {
      throw Object.assign(new Error("short write"), { code: "ENOSPC" });
    }
  }

  /** The digest of everything written, after `finish`. */
  async digest(algorithm: DigestAlgorithm): Promise<Digest> {
    if (algorithm === "sha256") return digestFromBytes(algorithm, this.#sha256.digest());
    const digester = createDigester(algorithm);
    const whole = { offsetBytes: 0, lengthBytes: this.#sizeBytes };
    for await (const bytes of sourceBytes(this.source(), whole)) digester.update(bytes);
    return digestFromBytes(algorithm, digester.digest());
  }

  /** Nothing can be written afterwards. @throws ContentError `INGEST_LOCKED` */
  async finish(): Promise<PartSummary> {
    await this.#flush();
    await this.#requireAlone();
    return {
      sizeBytes: this.#sizeBytes,
      guess: guess(this.#head.subarray(0, Math.min(this.#sizeBytes, GUESS_BYTES))),
      inflated: await this.#inflate?.finish(),
      rangeSums: this.#sums.finish(),
    };
  }

  /** The bytes, after `finish` and while the part is open. */
  source(): BlobSource {
    return {
      sizeBytes: this.#sizeBytes,
      read: async (target, positionBytes) => {
        const { bytesRead } = await this.#file.read(target, 0, target.length, positionBytes);
        return bytesRead;
      },
    };
  }

  /** With `drop`, what is gathered need not reach the disk. */
  async close({ drop }: { readonly drop: boolean }): Promise<void> {
    try {
      if (!drop) await this.#flush();
    } finally {
      await this.#inflate?.finish();
      await this.#file.close();
    }
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
