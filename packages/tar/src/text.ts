// The byte order mark is a part of a name like any other bytes.
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is not UTF-8 becomes U+FFFD, so odd names may read alike. */
export function utf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}

/** The bytes up to the first NUL, or all. */
export function nulTerminated(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  if (end === 0) return "";
  return UTF8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** A test whether `text`, which is ASCII, stands at a place in some bytes. */
export function textAt(text: string): (bytes: Uint8Array, at: number) => boolean {
  return (bytes, at) => {
    for (let i = 0; i < text.length; i++) {
      if (bytes[at + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  };
}
