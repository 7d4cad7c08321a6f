import { DockerCredentials } from "@shale/credentials";
import type { Reference } from "@shale/image";
import { openRegistry, type Registry } from "@shale/remote";
import type { Context } from "./context.ts";
import { versionText } from "./version.ts";
import { expectSockets } from "./young-garbage.ts";

export interface RemoteOptions {
  readonly insecure?: boolean | undefined;
}

/** The registry of an image's name, with the credentials that docker would show it. */
export function openRemote(
  { io }: Context,
  { domain }: Pick<Reference, "domain">,
  options: RemoteOptions,
): Registry {
  expectSockets();
  return openRegistry(domain, {
    credentials: new DockerCredentials({ env: io.env }),
    env: io.env,
    insecure: options.insecure === true,
    userAgent: `shale/${versionText()}`,
  });
}
