import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "bench/src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "test/interop/**"],
    pool: "forks",
    // V8 loses count of pages of code when threads with WebAssembly come and go, and then ends the process:
    // https://github.com/nodejs/node/issues/64500
    execArgv: ["--no-memory-protection-keys"],
    // A process for each of 170 files would be a tenth of all the work. No file leaves behind what another one could meet.
    isolate: false,
    // Much of the time is spent waiting for processes and disks.
    maxWorkers: "100%",
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

export default config;
