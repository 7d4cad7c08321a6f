import { spawn } from "node:child_process";
import type { Credential } from "./credential.ts";
import { CredentialError } from "./errors.ts";

export interface HelperOptions {
  readonly env: NodeJS.ProcessEnv;
  /** A helper that asks somebody may take a while; one that hangs must end. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const OUTPUT_BYTES = 1024 * 1024;
/** A user's name that means: the secret is an identity token. */
const TOKEN_USER = "<token>";
/** The one answer that is no failure: helpers know it by its words, docker's library too. */
const NOT_FOUND = "credentials not found in native keychain";
const NAME = /^[A-Za-z0-9._-]+$/;

type Verb = "get" | "store" | "erase" | "list";

/** One `docker-credential-…` program, and its protocol: a word as argument, JSON or text by stdin and stdout. */
export class CredentialHelper {
  /** `pass` for `docker-credential-pass`. */
  readonly name: string;
  readonly #options: HelperOptions;

  constructor(name: string, options: HelperOptions) {
    if (!NAME.test(name)) {
      const message = `use credential helper ${JSON.stringify(name)}: that is no name of one`;
      throw new CredentialError("CONFIG_INVALID", message);
    }
    this.name = name;
    this.#options = options;
  }

  /** `undefined` when it knows nothing of the server. @throws CredentialError `HELPER_MISSING`, `HELPER_FAILED` */
  async get(server: string): Promise<Credential | undefined> {
    const { status, output, said } = await this.#run("get", server);
    if (status !== 0) {
      if (said.includes(NOT_FOUND)) return undefined;
      throw this.#failed("get", server, said);
    }
    const { Username: username, Secret: secret } = this.#parse("get", output);
    if (typeof username !== "string" || typeof secret !== "string") {
      throw this.#failed("get", server, "its answer has no Username and Secret");
    }
    if (username === TOKEN_USER) return { username: "", identityToken: secret };
    return { username, password: secret };
  }

  /** @throws CredentialError `HELPER_MISSING`, `HELPER_FAILED` */
  async store(server: string, credential: Credential): Promise<void> {
    const isToken = "identityToken" in credential;
    const message = JSON.stringify({
      ServerURL: server,
      Username: isToken ? TOKEN_USER : credential.username,
      Secret: isToken ? credential.identityToken : credential.password,
    });
    const { status, said } = await this.#run("store", message);
    if (status !== 0) throw this.#failed("store", server, said);
  }

  /** `false` when there was nothing. @throws CredentialError `HELPER_MISSING`, `HELPER_FAILED` */
  async erase(server: string): Promise<boolean> {
    const { status, said } = await this.#run("erase", server);
    if (status === 0) return true;
    if (said.includes(NOT_FOUND)) return false;
    throw this.#failed("erase", server, said);
  }

  /** Servers, each with its user. @throws CredentialError `HELPER_MISSING`, `HELPER_FAILED` */
  async list(): Promise<ReadonlyMap<string, string>> {
    const { status, output, said } = await this.#run("list", "");
    if (status !== 0) throw this.#failed("list", "", said);
    const entries = Object.entries(this.#parse("list", output));
    return new Map(entries.map(([server, user]) => [server, String(user)]));
  }

  /** Whether the program is there, and answers. */
  async works(): Promise<boolean> {
    return await this.list().then(
      () => true,
      () => false,
    );
  }

  #parse(verb: Verb, output: string): Record<string, unknown> {
    try {
      const answer = JSON.parse(output) as unknown;
      if (typeof answer === "object" && answer !== null) return answer as Record<string, unknown>;
    } catch {
      // Told below, as any other answer that is none.
    }
    throw this.#failed(verb, "", "its answer is not JSON");
  }

  async #run(
    verb: Verb,
    input: string,
  ): Promise<{ status: number | null; output: string; said: string }> {
    const { env, timeoutMs = TIMEOUT_MS } = this.#options;
    const program = `docker-credential-${this.name}`;
    const child = spawn(program, [verb], { env, stdio: "pipe" });
    let flaw: string | undefined;
    // What it started may live on and hold its streams open: nobody listens to them any more.
    const end = (why: string) => {
      flaw ??= why;
      child.kill("SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const tooMuch = () => end(`it says more than ${OUTPUT_BYTES} bytes`);
    const [output, errors] = [collect(child.stdout, tooMuch), collect(child.stderr, tooMuch)];
    const timer = setTimeout(() => end(`it took longer than ${timeoutMs / 1000} s`), timeoutMs);
    // One that does not read what it is told has its own reasons, which it says.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    try {
      const status = await new Promise<number | null>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", resolve);
      });
      if (flaw !== undefined) throw this.#failed(verb, "", flaw);
      const said = `${output()} ${errors()}`.trim();
      return { status, output: output(), said };
    } catch (error) {
      if (error instanceof CredentialError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      const why = code === "ENOENT" ? "it is not on the PATH" : (error as Error).message;
      const message = `run ${program}: ${why}; install it, or name another one in docker's config.json`;
      throw new CredentialError("HELPER_MISSING", message, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(verb: Verb, server: string, said: string): CredentialError {
    const what = server === "" || verb === "store" ? "" : ` for ${server}`;
    const words = said.replace(/[\p{Cc}\s]+/gu, " ").slice(0, 500) || "nothing";
    const message = `${verb} credentials${what}: docker-credential-${this.name} failed and says: ${words}`;
    return new CredentialError("HELPER_FAILED", message);
  }
}

/** What a stream says, up to a limit. */
function collect(stream: NodeJS.ReadableStream, onTooMuch: () => void): () => string {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  stream.on("data", (piece: Buffer) => {
    sizeBytes += piece.length;
    if (sizeBytes > OUTPUT_BYTES) onTooMuch();
    else pieces.push(piece);
  });
  return () => Buffer.concat(pieces).toString();
}
