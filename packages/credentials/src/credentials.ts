import {
  type AuthEntry,
  changeConfig,
  configPath,
  type DockerConfig,
  readConfig,
} from "./config-file.ts";
import type { Credential, CredentialSource } from "./credential.ts";
import { CredentialError } from "./errors.ts";
import { CredentialHelper, type HelperOptions } from "./helper.ts";
import { domainOfServer, serverKey } from "./server-key.ts";

export interface CredentialsOptions extends Partial<HelperOptions> {
  /** `DOCKER_CONFIG`, `HOME` and `PATH`; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Where a credential was put, or found. */
export interface CredentialPlace {
  /** Docker's configuration file. */
  readonly file: string;
  /** The helper that keeps it; `undefined` when it is in the file, where anybody who reads that can read it. */
  readonly helper: string | undefined;
}

/**
 * Helpers that docker takes by itself at a first login, when nothing is configured: the platform's own. `pass` only where it was
 * set up.
 */
const DEFAULT_HELPERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ["pass", "secretservice"],
  darwin: ["osxkeychain"],
  win32: ["wincred"],
};

/** Credentials that docker's configuration leads to, shared with docker. */
export class DockerCredentials implements CredentialSource {
  readonly #options: HelperOptions;
  readonly #path: string;
  /** Each registry is asked for once: a helper may ask somebody. */
  readonly #found = new Map<string, Promise<Credential | undefined>>();

  constructor({ env = process.env, ...options }: CredentialsOptions = {}) {
    this.#options = { env, ...options };
    this.#path = configPath(env);
  }

  credentialFor(domain: string): Promise<Credential | undefined> {
    const found = this.#found.get(domain) ?? this.#find(domain);
    this.#found.set(domain, found);
    return found;
  }

  /**
   * Keeps a credential where the configuration says: with a helper, else in the file. When that fails, all is as it was.
   * @throws CredentialError
   */
  async store(domain: string, credential: Credential): Promise<CredentialPlace> {
    const key = serverKey(domain);
    const config = await readConfig(this.#path);
    const configured = helperName(config, domain);
    const adopted = configured === undefined ? await this.#defaultHelper(config) : undefined;
    const helper = configured ?? adopted;
    this.#found.delete(domain);
    if (helper === undefined) {
      const entry = entryOf(credential);
      await changeConfig(this.#path, (now) => withAuth(now, key, entry));
      return { file: this.#path, helper };
    }
    await new CredentialHelper(helper, this.#options).store(key, credential).catch((error) => {
      throw withWaysOut(error, { helper, file: this.#path });
    });
    // As docker does: an empty entry says that there is something, and nothing is left in the clear.
    await changeConfig(this.#path, (now) => ({
      ...withAuth(now, key, {}),
      ...(adopted !== undefined && { credsStore: adopted }),
    }));
    return { file: this.#path, helper };
  }

  /** `undefined` when nothing was kept for the registry. @throws CredentialError */
  async erase(domain: string): Promise<CredentialPlace | undefined> {
    const config = await readConfig(this.#path);
    const helper = helperName(config, domain);
    this.#found.delete(domain);
    let wasThere = false;
    for (const key of keysOf(config, domain)) {
      wasThere = true;
      if (helper !== undefined) await new CredentialHelper(helper, this.#options).erase(key);
    }
    await changeConfig(this.#path, (now) => withoutAuth(now, domain));
    return wasThere ? { file: this.#path, helper } : undefined;
  }

  async #find(domain: string): Promise<Credential | undefined> {
    const config = await readConfig(this.#path);
    const helper = helperName(config, domain);
    if (helper !== undefined) {
      return await new CredentialHelper(helper, this.#options).get(serverKey(domain));
    }
    for (const key of keysOf(config, domain)) {
      const credential = credentialOf(config.auths![key]!, { key, path: this.#path });
      if (credential !== undefined) return credential;
    }
    return undefined;
  }

  /** The platform's helper, when nothing else is configured or kept, and it works. */
  async #defaultHelper(config: DockerConfig): Promise<string | undefined> {
    const isNew = config.credsStore === undefined && Object.keys(config.auths ?? {}).length === 0;
    if (!isNew) return undefined;
    for (const name of DEFAULT_HELPERS[process.platform] ?? []) {
      if (await new CredentialHelper(name, this.#options).works()) return name;
    }
    return undefined;
  }
}

function helperName(
  { credHelpers = {}, credsStore }: DockerConfig,
  domain: string,
): string | undefined {
  return credHelpers[serverKey(domain)] ?? credHelpers[domain] ?? (credsStore || undefined);
}

/** The exact key first, then older ways to write it. */
function keysOf({ auths = {} }: DockerConfig, domain: string): string[] {
  const exact = serverKey(domain);
  const others = Object.keys(auths).filter(
    (key) => key !== exact && domainOfServer(key) === domainOfServer(domain),
  );
  return [...(exact in auths ? [exact] : []), ...others];
}

function entryOf(credential: Credential): AuthEntry {
  if ("identityToken" in credential) {
    const auth = Buffer.from(`${credential.username}:`).toString("base64");
    return { auth, identitytoken: credential.identityToken };
  }
  const { username, password } = credential;
  return { auth: Buffer.from(`${username}:${password}`).toString("base64") };
}

/** @throws CredentialError `CONFIG_INVALID` */
function credentialOf(
  { auth, identitytoken, username: plainName, password: plainPassword }: AuthEntry,
  is: { readonly key: string; readonly path: string },
): Credential | undefined {
  let [username, password] = [plainName ?? "", plainPassword ?? ""];
  if (typeof auth === "string" && auth !== "") {
    const text = Buffer.from(auth, "base64").toString();
    const colon = text.indexOf(":");
    if (colon < 0) {
      const message = `read ${is.path}: the auth of ${is.key} is not base64 of user:password; log in again`;
      throw new CredentialError("CONFIG_INVALID", message);
    }
    username = text.slice(0, colon);
    // Some tools pad it with zeros.
    password = text.slice(colon + 1).replace(/\0+$/, "");
  }
  if (typeof identitytoken === "string" && identitytoken !== "") {
    return { username, identityToken: identitytoken };
  }
  return username === "" && password === "" ? undefined : { username, password };
}

function withAuth(config: DockerConfig, key: string, entry: AuthEntry): DockerConfig {
  return { ...config, auths: { ...config.auths, [key]: entry } };
}

function withoutAuth(config: DockerConfig, domain: string): DockerConfig {
  const gone = new Set(keysOf(config, domain));
  if (gone.size === 0) return config;
  const rest = Object.entries(config.auths ?? {}).filter(([key]) => !gone.has(key));
  return { ...config, auths: Object.fromEntries(rest) };
}

/** People meet this where no desktop runs, and no word of it says what to do. */
function withWaysOut(error: unknown, is: { helper: string; file: string }): unknown {
  if (!(error instanceof CredentialError)) return error;
  const others = ["pass", "secretservice"].filter((name) => name !== is.helper);
  const ways = [
    `set up what docker-credential-${is.helper} needs (secretservice needs a D-Bus session; pass needs "pass init")`,
    `name another helper as credsStore in ${is.file}, as ${others.join(" or ")}`,
    `take credsStore out of ${is.file}: then it is kept in that file, readable for whoever can read it`,
  ];
  const message = `${error.message}; nothing was kept. Ways out: ${ways.map((way, at) => `(${at + 1}) ${way}`).join("; ")}`;
  return new CredentialError(error.code, message, { cause: error });
}
