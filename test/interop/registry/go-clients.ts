import { join } from "node:path";
import { succeed } from "../../packaging/commands.ts";

/** Clients that are had as Go modules. */
const MODULES = [
  "github.com/google/go-containerregistry/cmd/crane@v0.22.1",
  "oras.land/oras/cmd/oras@v1.3.6",
];

export interface GoClients {
  crane(...args: string[]): Promise<string>;
  oras(...args: string[]): Promise<string>;
}

/** @param ca the certificate of the authority that they trust */
export async function installGoClients(directory: string, ca: string): Promise<GoClients> {
  for (const module of MODULES)
    await succeed(["go", "install", module], { env: { GOBIN: directory } });
  // crane knows no other way to be told of an authority, and keeps what it logs in with where docker does.
  const env = { SSL_CERT_FILE: ca, DOCKER_CONFIG: directory };
  const run =
    (program: string) =>
    async (...args: string[]): Promise<string> =>
      (await succeed([join(directory, program), ...args], { env, cwd: directory })).stdout;
  return { crane: run("crane"), oras: run("oras") };
}
