import { type Credential, DockerCredentials, domainOfServer } from "@shale/credentials";
import { openRegistry } from "@shale/remote";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import type { RemoteOptions } from "../open-remote.ts";
import { print, warn } from "../output/print.ts";
import { ask, askSecret, readStdinLine } from "../prompt.ts";

export interface LoginOptions extends RemoteOptions {
  readonly server: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
}

export async function login(context: Context, options: LoginOptions): Promise<void> {
  const domain = domainOfServer(options.server ?? "docker.io");
  const credentials = new DockerCredentials({ env: context.io.env });
  const given = await readCredential(context, options);
  const kept = await check(context, { domain, given, options });
  const { file, helper } = await credentials.store(domain, kept);
  if (helper === undefined) warnOfFile(context, file);
  await print(context, {
    json: {
      server: domain,
      username: given.username,
      status: "succeeded",
      stored: helper === undefined ? "file" : "helper",
      helper: helper ?? null,
      file,
    },
    text: "Login Succeeded\n",
  });
}

interface Password {
  readonly username: string;
  readonly password: string;
}

async function readCredential(context: Context, options: LoginOptions): Promise<Password> {
  const { username, password, passwordStdin } = options;
  if (password !== undefined && passwordStdin === true) {
    throw new CliError("USAGE", "log in: give --password or --password-stdin, not both");
  }
  if (passwordStdin === true) {
    if (username === undefined) {
      throw new CliError("USAGE", "log in: --password-stdin needs --username");
    }
    return requireBoth({ username, password: await readStdinLine(context) });
  }
  if (password !== undefined) {
    const message = "a password on the command line is seen by other users; use --password-stdin";
    warn(context, { code: "PASSWORD_SHOWN", message });
  }
  const name = username ?? (await ask(context, "Username: "));
  return requireBoth({
    username: name,
    password: password ?? (await askSecret(context, "Password: ")),
  });
}

function requireBoth(given: Password): Password {
  if (given.username !== "" && given.password !== "") return given;
  throw new CliError("USAGE", "log in: both a username and a password are needed");
}

/** Shows the registry what was given; an authority may give an identity token in place of the password. */
async function check(
  { io, signal }: Context,
  is: { domain: string; given: Password; options: RemoteOptions },
): Promise<Credential> {
  const { domain, given, options } = is;
  await using registry = openRegistry(domain, {
    env: io.env,
    insecure: options.insecure === true,
    credentials: { credentialFor: async () => given },
  });
  await registry.ping({ signal });
  const { refreshToken } = registry;
  if (refreshToken === undefined) return given;
  return { username: given.username, identityToken: refreshToken };
}

function warnOfFile(context: Context, file: string): void {
  const message = `the password is kept unencrypted in ${file}; name a credential helper there as credsStore, as pass or secretservice, to keep it safe`;
  warn(context, { code: "UNENCRYPTED", message });
}
