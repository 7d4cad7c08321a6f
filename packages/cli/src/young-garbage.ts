/**
 * V8 lets the space of new objects grow to 130 MB, for a tenth of that in use (measured: a layer of 4 GiB peaked at 320 MB, and
 * at 225 without growth). The limit itself is fixed when Node starts; how it grows is not.
 */
const NO_GROWTH = "--semi-space-growth-factor=1";
/**
 * What sockets leave behind is outside of V8's heap but counts for its growth, and the heap is small: without more room V8 goes
 * through everything each 12 MB (measured: a pull of 500 MB took 3.3 s of processor time, and 2.4 with it, for 12 MB).
 */
const MORE_ROOM = "--heap-growing-percent=400";
/** Often enough for what a fast network brings. */
const LOOK_MS = 20;
/** Of a command that has moved little until now; one that goes on after so many is no short one. */
const FIRST_LOOKS_MS = 100;
const FIRST_LOOKS = 2;
const COLLECT_BYTES = 16 * 1024 * 1024;

let isStarted = false;
let hasSockets = false;

/** The command moves layers by sockets. One that reads files leaves less behind, and would only take more memory (measured: 260 MB for 238). */
export function expectSockets(): void {
  hasSockets = true;
}

/** Has V8 collect what sockets leave behind, for the rest of the process: soon, and without going through all the rest. */
export function collectYoungGarbage(): void {
  if (isStarted) return;
  isStarted = true;
  const startBytes = process.memoryUsage().external;
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    const grownBytes = process.memoryUsage().external - startBytes;
    if (grownBytes < COLLECT_BYTES && looks < FIRST_LOOKS) return;
    clearInterval(timer);
    void collectFromNowOn();
  }, FIRST_LOOKS_MS);
  timer.unref();
}

/** Most commands end before, and need not wait for what is loaded here. */
async function collectFromNowOn(): Promise<void> {
  const { getHeapStatistics, setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  const room = hasSockets ? [MORE_ROOM] : [];
  for (const flag of [NO_GROWTH, ...room, "--expose-gc"]) setFlagsFromString(flag);
  const collect = runInNewContext("gc") as (options: { type: "minor" }) => void;
  let leftBytes = 0;
  const look = (): void => {
    const { external_memory: bytes } = getHeapStatistics();
    leftBytes = Math.min(leftBytes, bytes);
    if (bytes - leftBytes < COLLECT_BYTES) return;
    collect({ type: "minor" });
    leftBytes = getHeapStatistics().external_memory;
  };
  setInterval(look, LOOK_MS).unref();
}
