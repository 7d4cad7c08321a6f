/** What TLS says of a certificate. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS_CERT/;

/** Whether a connection failed since nobody who is trusted answers for the certificate. */
export function isUntrusted(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && UNTRUSTED.test(code);
}

/** The code of an error of the system, or of the first of several. */
export function codeOf(error: unknown): string | undefined {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === "string") return code;
  return errors?.[0] === undefined ? undefined : codeOf(errors[0]);
}
