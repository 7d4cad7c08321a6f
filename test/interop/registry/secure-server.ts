import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { succeed } from "../../packaging/commands.ts";
import type { Shale } from "../clients.ts";
import { type Server, startServer } from "./server.ts";

/** Who may push everything, with this password; `bob` may only pull. */
export const NAME = "ann";
export const PASSWORD = "correct horse";

export interface SecureServer extends Server {
  /** A folder with the authority's certificate, `ca.crt`, as docker and podman want it. */
  readonly certificates: string;
  readonly ca: string;
}

/** `shale serve` with TLS by an authority of its own, and accounts that Apache's htpasswd made. */
export async function startSecureServer(
  shale: Shale,
  directory: string,
  { tokens }: { readonly tokens: boolean },
): Promise<SecureServer> {
  const at = (name: string): string => join(directory, name);
  await makeCertificates(directory);
  await succeed(["htpasswd", "-cbB", at("htpasswd"), NAME, PASSWORD]);
  await succeed(["htpasswd", "-bB", at("htpasswd"), "bob", PASSWORD]);
  const config = `
tls: {certificate: server.pem, key: server.key}
access:
  htpasswd: htpasswd
  ${tokens ? "tokens: {}" : ""}
  rules:
    - {repositories: ["**"], who: [${NAME}], may: [pull, push, delete]}
    - {repositories: ["**"], who: [accounts], may: [pull]}
`;
  await writeFile(at("config.yaml"), config);
  await shale.run("serve", "--check-config", "--config", at("config.yaml"));
  const server = await startServer(shale, "--config", at("config.yaml"));
  // Another key beside it would be taken for a client's.
  const certificates = at("trusted");
  await mkdir(certificates);
  const ca = join(certificates, "ca.crt");
  await copyFile(at("ca.crt"), ca);
  return { ...server, certificates, ca };
}

async function makeCertificates(directory: string): Promise<void> {
  const at = (name: string): string => join(directory, name);
  const key = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  const authority = [
    "-x509",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.crt"),
    "-subj",
    "/CN=authority",
  ];
  await succeed(["openssl", "req", ...key, ...authority]);
  const request = ["-keyout", at("server.key"), "-out", at("server.csr"), "-subj", "/CN=localhost"];
  await succeed(["openssl", "req", ...key.filter((one) => !/days|^2$/.test(one)), ...request]);
  await writeFile(at("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  const signing = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2"];
  const files = ["-in", at("server.csr"), "-out", at("server.pem"), "-extfile", at("names")];
  await succeed(["openssl", "x509", "-req", ...files, ...signing]);
}
