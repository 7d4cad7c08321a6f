import { z } from "zod";
import { file } from "./values.ts";

/** What the server proves itself with. Without this section it speaks plain HTTP. */
export interface TlsSection {
  /** A file with the server's certificate, and those between it and its authority: PEM. */
  readonly certificate: string;
  /** A file with its private key: PEM. */
  readonly key: string;
}

export const tlsSection: z.ZodType<TlsSection> = z.strictObject({ certificate: file, key: file });
