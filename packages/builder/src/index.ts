export { type AppendOptions, appendLayers } from "./append.ts";
export { type BuildOptions, type BuiltImage, type BuiltStep, buildImage } from "./build.ts";
export { BuildError, type BuildErrorCode } from "./errors.ts";
