export { StoreError, type StoreErrorCode } from "./errors.ts";
export type { LayerStore, SettleOptions } from "./layer-store.ts";
export { type OpenStoreOptions, openStore } from "./open-store.ts";
export type { StepListener, StoreStep } from "./steps.ts";
export { type RebuildReport, rebuildIndex } from "./upkeep/rebuild-index.ts";
export type { StoreUsage } from "./usage.ts";
