import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { CliError } from "../errors.ts";

/** Certificates are renewed weeks before they end. */
const LOOK_MS = 10_000;

export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** What is read of the files. */
interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What a server proves itself with, read again when the files change; a pair that does not fit leaves the one before. */
export class Tls {
  readonly #files: TlsFiles;
  #pair: Pair;

  private constructor(files: TlsFiles, pair: Pair) {
    this.#files = files;
    this.#pair = pair;
  }

  /** @throws CliError `TLS_INVALID` */
  static async open(files: TlsFiles): Promise<Tls> {
    const pair = await readPair(files);
    check(files, pair);
    return new Tls(files, pair);
  }

  get options(): SecureContextOptions {
    return { ...this.#pair, minVersion: "TLSv1.2" };
  }

  /** Looks now and then until it is disposed. Connections that are open keep what they began with. */
  watch(options: {
    readonly onChange: (options: SecureContextOptions) => void;
    readonly onError: (error: unknown) => void;
    readonly everyMs?: number;
  }): Disposable {
    let told: string | undefined;
    const look = async (): Promise<void> => {
      try {
        if (await this.#reload()) options.onChange(this.options);
        told = undefined;
      } catch (error) {
        // Once for each mistake, not every time.
        const { message } = error as Error;
        if (message !== told) options.onError(error);
        told = message;
      }
    };
    const timer = setInterval(() => void look(), options.everyMs ?? LOOK_MS);
    timer.unref();
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  async #reload(): Promise<boolean> {
    const pair = await readPair(this.#files);
    if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return false;
    check(this.#files, pair);
    this.#pair = pair;
    return true;
  }
}

async function readPair({ certificate, key }: TlsFiles): Promise<Pair> {
  const [cert, own] = await Promise.all([read(certificate), read(key)]);
  return { cert, key: own };
}

async function read(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw invalid(path, `it cannot be read (${error.code})`);
  });
}

function check({ certificate, key }: TlsFiles, pair: Pair): void {
  try {
    // A file that is just being written is empty; Node takes nothing for no certificate, and no key.
    const certificate = new X509Certificate(pair.cert);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.key))) throw new Error("it has another");
    createSecureContext({ cert: pair.cert, key: pair.key });
  } catch (cause) {
    const { message } = cause as Error;
    throw invalid(certificate, `it does not do with the key ${JSON.stringify(key)}: ${message}`);
  }
}

function invalid(path: string, why: string): CliError {
  return new CliError("TLS_INVALID", `read certificate ${JSON.stringify(path)}: ${why}`);
}
