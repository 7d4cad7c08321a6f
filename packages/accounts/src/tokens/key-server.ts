import { AccountsError } from "../errors.ts";
import { type KeySource, parseKeys, type TrustedKey } from "./trusted-keys.ts";

const FRESH_MS = 10 * 60_000;
/** A token that names a key which is not known has the keys asked for again, but not oftener than this. */
const AGAIN_MS = 30_000;
const TIMEOUT_MS = 10_000;
const SET_BYTES = 1024 * 1024;

export interface KeyServerOptions {
  readonly fetch?: typeof fetch;
  readonly nowMs?: () => number;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * A key set that another server has. It is asked now and then, and when a token names a key that is not known. While it cannot be
 * reached, the keys that it gave before count.
 */
export class KeyServer implements KeySource {
  readonly #url: URL;
  readonly #options: Required<Pick<KeyServerOptions, "fetch" | "nowMs">> & KeyServerOptions;
  #known: readonly TrustedKey[] | undefined;
  #askedMs = -Infinity;
  #asking: Promise<void> | undefined;

  constructor(url: URL, options: KeyServerOptions = {}) {
    this.#url = url;
    this.#options = { ...options, fetch: options.fetch ?? fetch, nowMs: options.nowMs ?? Date.now };
  }

  /** @throws AccountsError `KEYS_UNREACHABLE` when none was ever had */
  async keys(id: string | undefined): Promise<readonly TrustedKey[]> {
    const ageMs = this.#options.nowMs() - this.#askedMs;
    const isUnknown = id !== undefined && !this.#known?.some((known) => known.id === id);
    const isDue =
      ageMs >= FRESH_MS || ((isUnknown || this.#known === undefined) && ageMs >= AGAIN_MS);
    if (isDue) this.#asking ??= this.#ask();
    await this.#asking;
    if (this.#known !== undefined) return this.#known;
    throw new AccountsError("KEYS_UNREACHABLE", `get keys of ${this.#url.host}: none were had yet`);
  }

  async #ask(): Promise<void> {
    this.#askedMs = this.#options.nowMs();
    try {
      this.#known = parseKeys(await this.#get(), this.#url.href);
    } catch (error) {
      this.#options.onError?.(error);
    } finally {
      this.#asking = undefined;
    }
  }

  /** From nowhere but there: a redirect could lead to anybody's keys. */
  async #get(): Promise<string> {
    const { fetch } = this.#options;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(this.#url, { redirect: "error", signal });
    if (!response.ok) throw unreachable(this.#url, `it says ${response.status}`);
    let text = "";
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece as Uint8Array, { stream: true });
      if (text.length > SET_BYTES) throw unreachable(this.#url, "it says too much");
    }
    return text;
  }
}

function unreachable(url: URL, why: string): AccountsError {
  return new AccountsError("KEYS_UNREACHABLE", `get keys of ${url.host}: ${why}`);
}
