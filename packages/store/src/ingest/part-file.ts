import { type FileHandle, open } from "node:fs/promises";
import {
  type BlobSource,
  ContentError,
  type Digest,
  type DigestAlgorithm,
  digestBytes,
  digestFromBytes,
  guessCompression,
  type WriteOptions,
} from "@shale/content";
import { createDigester, type FileDigest, type FileDigester, RangeSums } from "@shale/hash";
import { digestSource } from "../digest-source.ts";
import { sourceBytes } from "../staged.ts";
import { Gathering } from "./gathering.ts";
import { type Inflated, InflatePass } from "./inflate.ts";
import { PartDigest } from "./part-digest.ts";
import { GUESS_BYTES, type Guess, guess } from "./recognise.ts";
import { WriteBack } from "./write-back.ts";

/** What is known of a stream once all of it was written. */
export interface PartSummary {
  readonly sizeBytes: number;
  readonly guess: Guess;
  /** What a compressed stream holds; nothing when it is damaged, or nobody looked. */
  readonly inflated: Inflated | undefined;
  /** Whether somebody looked. */
  readonly isRead: boolean;
  readonly rangeSums: Uint32Array;
}

export interface PartFileOptions {
  /** Whether a compressed stream is inflated as it comes; that takes longer than all the rest. */
  readonly inflates: boolean;
  /** A thread that digests long parts, in place of this one. */
  readonly digester?: FileDigester | undefined;
}

/**
 * Writes are gathered up to this size: each costs a turn of libuv's threads, whatever its length (measured: a pull by sockets, in
 * pieces of 64 KiB, took a third longer with as large writes).
 */
const GATHER_BYTES = 512 * 1024;

/**
 * An ingest's bytes on disk, and everything that is computed from them in the same pass: digest, what they are, the
 * diffID of what is inside, range sums.
 */
export class PartFile {
  readonly #file: FileHandle;
  readonly #inflates: boolean;
  readonly #digest: PartDigest;
  /** Of all, when it is finished. */
  #digested: FileDigest | undefined;
  readonly #head = new Uint8Array(GUESS_BYTES);
  #inflate: InflatePass | undefined;
  /** All that was written by callers. */
  #takenBytes = 0;
  /** Digested, and on disk or on its way there; what was gathered since comes behind it. */
  #sizeBytes = 0;
  #gathering: Gathering | undefined;
  /** What was gathered before, on its way to the disk, and the room that is free when it is there. */
  #written: Promise<void> = Promise.resolve();
  #spare: Uint8Array | undefined;
  /** Where readers find what was taken: on disk up to here, then in what leaves for it, in order, then in what is gathered. */
  #storedBytes = 0;
  readonly #leaving: Gathering[] = [];
  readonly #writeBack: WriteBack;

  private constructor(file: FileHandle, { inflates, digester }: PartFileOptions) {
    this.#file = file;
    this.#inflates = inflates;
    this.#digest = new PartDigest({ fd: file.fd, digester });
    this.#writeBack = new WriteBack(file);
  }

  /** Opens the file, or makes it; what it holds already is read through once. */
  static async open(path: string, options: PartFileOptions): Promise<PartFile> {
    const file = await open(path, "a+", 0o600);
    const part = new PartFile(file, options);
    try {
      const { size } = await file.stat();
      const source = { sizeBytes: size, read: part.#readFile.bind(part) };
      for await (const bytes of sourceBytes(source, { offsetBytes: 0, lengthBytes: size })) {
        await part.#follow(bytes);
        part.#digest.wrote({ sizeBytes: part.#sizeBytes, newBytes: bytes.length });
      }
      part.#takenBytes = part.#sizeBytes;
      part.#storedBytes = part.#sizeBytes;
      return part;
    } catch (error) {
      await part.close({ drop: true });
      throw error;
    }
  }

  /** All that was written, the gathered bytes too. */
  get sizeBytes(): number {
    return this.#takenBytes;
  }

  /** Small pieces go to disk together with what comes after them: a failure may be theirs and show only then. */
  async write(bytes: Uint8Array, { isGiven = false }: WriteOptions = {}): Promise<void> {
    const gatheredBytes = this.#gathering?.sizeBytes ?? 0;
    if (gatheredBytes + bytes.length > GATHER_BYTES || bytes.length >= GATHER_BYTES)
      await this.#flush();
    if (bytes.length >= GATHER_BYTES) {
      await this.#arrived();
      await this.#append([bytes]);
      this.#storedBytes += bytes.length;
    } else {
      this.#gathering ??= new Gathering(() => this.#takeSpare());
      this.#gathering.add(bytes, { isGiven });
    }
    this.#takenBytes += bytes.length;
  }

  /** What was written from a position on, while the part is open; fewer bytes only at the end of it. */
  async read(target: Uint8Array, positionBytes: number): Promise<number> {
    const wanted = target.subarray(0, Math.max(0, this.#takenBytes - positionBytes));
    let readBytes = 0;
    while (readBytes < wanted.length) {
      const rest = wanted.subarray(readBytes);
      const at = positionBytes + readBytes;
      const got = at < this.#storedBytes ? await this.#readFile(rest, at) : this.#copy(rest, at);
      if (got === 0) break;
      readBytes += got;
    }
    return readBytes;
  }

  async #readFile(target: Uint8Array, positionBytes: number): Promise<number> {
    const { bytesRead } = await this.#file.read(target, 0, target.length, positionBytes);
    return bytesRead;
  }

  /** What is not on disk yet. */
  #copy(target: Uint8Array, positionBytes: number): number {
    let skipBytes = positionBytes - this.#storedBytes;
    const waiting = this.#gathering ? [...this.#leaving, this.#gathering] : this.#leaving;
    for (const bytes of waiting.flatMap(({ pieces }) => pieces)) {
      if (skipBytes < bytes.length) {
        const part = bytes.subarray(skipBytes, skipBytes + target.length);
        target.set(part);
        return part.length;
      }
      skipBytes -= bytes.length;
    }
    return 0;
  }

  /**
   * Gathered bytes are written while the next ones come. They are tried once: after a failure nothing may follow, or there
   * would be a hole.
   */
  async #flush(): Promise<void> {
    const gathering = this.#gathering;
    this.#gathering = undefined;
    if (gathering !== undefined) this.#leaving.push(gathering);
    await this.#arrived();
    if (gathering === undefined) return;
    this.#written = this.#append(gathering.pieces).then(() => {
      this.#storedBytes += gathering.sizeBytes;
      this.#leaving.shift();
      this.#spare = gathering.room ?? this.#spare;
    });
    // Met by whoever writes next, or ends.
    this.#written.catch(() => {});
  }

  #takeSpare(): Uint8Array {
    const spare = this.#spare ?? new Uint8Array(GATHER_BYTES);
    this.#spare = undefined;
    return spare;
  }

  /** Waits until all that was flushed is on its way no more; a failure is told once. */
  async #arrived(): Promise<void> {
    const written = this.#written;
    this.#written = Promise.resolve();
    await written;
  }

  async #append(pieces: readonly Uint8Array[]): Promise<void> {
    const [bytesWritten, bytes] = await Promise.all([
      this.#writeOut(pieces),
      this.#followAll(pieces),
    ]);
    if (bytesWritten !== bytes) throw Object.assign(new Error("short write"), { code: "ENOSPC" });
    this.#writeBack.wrote(bytes);
    this.#digest.wrote({ sizeBytes: this.#sizeBytes, newBytes: bytes });
  }

  /** Appending: a short write leaves a prefix of the stream, which is what a resume expects. */
  async #writeOut(pieces: readonly Uint8Array[]): Promise<number> {
    const [only] = pieces;
    const isOne = pieces.length === 1 && only !== undefined;
    const { bytesWritten } = await (isOne ? this.#file.write(only) : this.#file.writev(pieces));
    return bytesWritten;
  }

  async #followAll(pieces: readonly Uint8Array[]): Promise<number> {
    const before = this.#sizeBytes;
    for (const bytes of pieces) await this.#follow(bytes);
    return this.#sizeBytes - before;
  }

  /** The digest of everything written, after `finish`. For another one than sha256, which names most blobs, the file is read once more. */
  async digest(algorithm: DigestAlgorithm): Promise<Digest> {
    if (algorithm === "sha256") return digestFromBytes(algorithm, this.#digested!.sha256);
    const digester = createDigester(algorithm);
    const whole = { offsetBytes: 0, lengthBytes: this.#sizeBytes };
    for await (const bytes of sourceBytes(this.source(), whole)) digester.update(bytes);
    return digestFromBytes(algorithm, digester.digest());
  }

  /** Nothing can be written afterwards. @throws ContentError `INGEST_LOCKED` */
  async finish(): Promise<PartSummary> {
    await this.#flush();
    await this.#arrived();
    await this.#writeBack.end();
    await this.#requireAlone();
    this.#digested = await this.#digest.finish().catch(() => this.#digestAgain());
    return {
      sizeBytes: this.#sizeBytes,
      guess: guess(this.#head.subarray(0, Math.min(this.#sizeBytes, GUESS_BYTES))),
      inflated: await this.#inflate?.finish(),
      isRead: this.#inflates,
      rangeSums: this.#digested.rangeSums,
    };
  }

  /** The thread that followed is gone, or could not read the file: then this one cannot either, and says why. */
  async #digestAgain(): Promise<FileDigest> {
    const sums = new RangeSums();
    const onBytes = (bytes: Uint8Array): void => sums.update(bytes);
    const { digest } = await digestSource(this.source(), { like: undefined, onBytes });
    return { sha256: digestBytes(digest), rangeSums: sums.finish() };
  }

  /** The bytes, after `finish` and while the part is open. */
  source(): BlobSource {
    return {
      sizeBytes: this.#sizeBytes,
      read: (target, positionBytes) => this.#readFile(target, positionBytes),
    };
  }

  /** With `drop`, what is gathered need not reach the disk. */
  async close({ drop }: { readonly drop: boolean }): Promise<void> {
    try {
      if (!drop) await this.#flush();
      await (drop ? this.#arrived().catch(() => {}) : this.#arrived());
    } finally {
      await this.#inflate?.finish();
      await this.#writeBack.end().catch(() => {});
      await this.#digest.drop();
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
    this.#digest.update(bytes);
  }

  /** The first four bytes decide whether there is anything to inflate; they may come one by one. */
  async #followHead(bytes: Uint8Array): Promise<void> {
    const before = this.#sizeBytes;
    this.#head.set(bytes.subarray(0, GUESS_BYTES - before), before);
    if (this.#inflate) return await this.#inflate.write(bytes);
    const known = this.#head.subarray(0, Math.min(before + bytes.length, GUESS_BYTES));
    const found = this.#inflates ? guessCompression(known) : undefined;
    if (found === undefined) return;
    this.#inflate = new InflatePass(found);
    // What came before these bytes is in the head.
    await this.#inflate.write(this.#head.slice(0, before));
    await this.#inflate.write(bytes);
  }
}
