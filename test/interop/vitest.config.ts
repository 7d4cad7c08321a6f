import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Tests with the clients that people use. They fail where one is missing: `.ci/run` installs them. */
const config: ViteUserConfig = defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/interop/**/*.test.ts"],
    pool: "forks",
    // V8 loses count of pages of code when threads with WebAssembly come and go, and then ends the process:
    // https://github.com/nodejs/node/issues/64500
    execArgv: ["--no-memory-protection-keys"],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

export default config;
