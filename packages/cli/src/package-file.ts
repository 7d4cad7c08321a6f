/** A file of the package. Its root is one level above the sources, and above what is built: that is one folder. */
export function packageFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}
