export type { TarEntry, TarEntryType } from "./entry.ts";
export { looksLikeTarHeader } from "./header.ts";
export { createTarScanner } from "./scanner.ts";
export type { SegmentSink, TarScanner, TarScannerOptions, TarSummary } from "./segments.ts";
