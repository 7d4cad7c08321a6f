import { setFlagsFromString } from "node:v8";
import { DockerCredentials } from "@shale/credentials";
import type { Reference } from "@shale/image";
import { openRegistry, type Registry } from "@shale/remote";
import type { Context } from "./context.ts";
import { versionText } from "./version.ts";
import { expectSockets } from "./young-garbage.ts";

/**
 * HTTP is parsed by WebAssembly, by one function so large that V8 takes it for busy after a few answers and makes it fast in the
 * background: 0.09 s of a core, which a command that is done meanwhile waits for at its end. It parses headers, and is fast enough.
 * Other WebAssembly of the process is made fast some megabytes later, which could not be measured.
 */
const LATE_TIERS = "--wasm-tiering-budget=2000000000";

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
  setFlagsFromString(LATE_TIERS);
  return openRegistry(domain, {
    credentials: new DockerCredentials({ env: io.env }),
    env: io.env,
    insecure: options.insecure === true,
    userAgent: `shale/${versionText()}`,
  });
}
