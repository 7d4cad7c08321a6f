import { copyFile } from "node:fs/promises";

/**
 * Puts a certificate for this machine, of its own authority, and its key where a test wants them. There are two of them, which last a
 * hundred years: Node cannot make certificates.
 */
export async function putCertificate(
  name: "one" | "two",
  to: { readonly certificate?: string; readonly key?: string },
): Promise<void> {
  const from = (kind: string): URL => new URL(`./tls/${name}.${kind}.pem`, import.meta.url);
  if (to.certificate !== undefined) await copyFile(from("cert"), to.certificate);
  if (to.key !== undefined) await copyFile(from("key"), to.key);
}
