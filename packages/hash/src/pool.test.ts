import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAdaptiveHasher } from "./adaptive.ts";
import { hashBytes } from "./hash.ts";
import { createInlineHasher } from "./inline.ts";
import { createHashPool, poolOf } from "./pool.ts";

/** Shared bytes that differ from place to place. */
function sharedBytes(sizeBytes: number): Uint8Array<SharedArrayBuffer> {
  const bytes = new Uint8Array(new SharedArrayBuffer(sizeBytes));
  for (let i = 0; i < sizeBytes; i++) bytes[i] = (i * i + (i >> 8)) & 0xff;
  return bytes;
}

function expectedOf(bytes: Uint8Array, pieces: Uint32Array): Buffer {
  const hashes: Uint8Array[] = [];
  for (let i = 0; i < pieces.length; i += 2) {
    const offset = pieces[i]!;
    hashes.push(hashBytes("sha256", bytes.subarray(offset, offset + pieces[i + 1]!)));
  }
  return Buffer.concat(hashes);
}

const SIZE_BYTES = 400_000;
const bytes = sharedBytes(SIZE_BYTES);

/** Pieces anywhere, overlapping, empty; batches on both sides of the adaptive threshold. */
const batch = fc
  .array(
    fc
      .tuple(fc.nat(SIZE_BYTES), fc.oneof(fc.nat(300), fc.nat(SIZE_BYTES)))
      .map(([offset, length]) => [offset, Math.min(length, SIZE_BYTES - offset)]),
    { maxLength: 6 },
  )
  .map((pairs) => Uint32Array.from(pairs.flat()));

describe.each([
  ["inline", createInlineHasher],
  ["pool", createHashPool],
  ["pool of one thread", () => createHashPool({ threads: 1 })],
  ["adaptive", createAdaptiveHasher],
])("%s hasher", (_name, create) => {
  test("gives each piece its sha256, in order, with several batches in flight", async () => {
    await using hasher = create();
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 5 }), async (batches) => {
        const results = await Promise.all(
          batches.map((pieces) => hasher.hash(bytes.buffer, pieces)),
        );
        for (const [i, result] of results.entries()) {
          expect(expectedOf(bytes, batches[i]!).equals(result)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("refuses what is not pairs inside of the buffer", async () => {
    await using hasher = create();
    await expect(hasher.hash(bytes.buffer, Uint32Array.of(0))).rejects.toThrow(RangeError);
    await expect(hasher.hash(bytes.buffer, Uint32Array.of(0, SIZE_BYTES + 1))).rejects.toThrow(
      RangeError,
    );
    await expect(hasher.hash(bytes.buffer, Uint32Array.of(0xffffffff, 0xffffffff))).rejects.toThrow(
      RangeError,
    );
  });

  test("finishes what is in flight before it closes, then refuses", async () => {
    const hasher = create();
    const pieces = Uint32Array.of(0, SIZE_BYTES, 5, 100_000);
    const batches = Array.from({ length: 12 }, () => hasher.hash(bytes.buffer, pieces));
    const all = Promise.all(batches);
    await hasher[Symbol.asyncDispose]();
    for (const result of await all) expect(expectedOf(bytes, pieces).equals(result)).toBe(true);
    await expect(hasher.hash(bytes.buffer, pieces)).rejects.toMatchObject({
      code: "HASHER_CLOSED",
    });
  });
});

/** What this test uses of it; TypeScript declares WebAssembly only together with the DOM. */
interface WithWebAssembly {
  readonly WebAssembly: {
    readonly Memory: new (limits: {
      readonly initial: number;
      readonly maximum: number;
      readonly shared: true;
    }) => { readonly buffer: SharedArrayBuffer };
  };
}

test("reads the memory of a WebAssembly module in place", async () => {
  const { WebAssembly } = globalThis as unknown as WithWebAssembly;
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });
  const view = new Uint8Array(memory.buffer);
  view.set(bytes.subarray(0, view.length));
  await using hasher = createHashPool({ threads: 2 });
  const pieces = Uint32Array.of(3, 70_000, 100_000, view.length - 100_000);
  const result = await hasher.hash(memory.buffer, pieces);
  expect(expectedOf(view, pieces).equals(result)).toBe(true);
});

test("a worker that cannot start fails its batches and leaves nothing waiting", async () => {
  await using hasher = poolOf({ threads: 2, workerFile: "/nonexistent/pool-worker.js" });
  const batches = Array.from({ length: 5 }, () => hasher.hash(bytes.buffer, Uint32Array.of(0, 1)));
  for (const result of await Promise.allSettled(batches)) {
    expect(result).toMatchObject({ status: "rejected", reason: { code: "POOL_FAILED" } });
  }
});

test.each([0, -1, 1.5, Number.NaN])("a pool of %d threads is refused", (threads) => {
  expect(() => createHashPool({ threads })).toThrow(RangeError);
});

interface Seen {
  /** What was seen to keep the process alive while a batch was in flight, and what does when it is done. */
  readonly busy: readonly string[];
  readonly idle: readonly string[];
  readonly result: string;
}

/** Hashes one piece in a process of its own, with the hasher that `create` is the source text of. */
async function inProcess(create: string, sizeBytes: number): Promise<Seen> {
  const source = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const program = `
    import { createAdaptiveHasher } from ${source("./adaptive.ts")};
    import { createHashPool } from ${source("./pool.ts")};
    const hasher = ${create};
    const work = hasher.hash(new SharedArrayBuffer(1 << 20), Uint32Array.of(0, ${sizeBytes}));
    const busy = [];
    let isDone = false;
    work.then(() => { isDone = true; });
    while (!isDone && !busy.includes("MessagePort")) {
      busy.push(...process.getActiveResourcesInfo());
      await new Promise((resolve) => setImmediate(resolve));
    }
    const result = Buffer.from(await work).toString("hex");
    const idle = process.getActiveResourcesInfo();
    console.log(JSON.stringify({ busy, result, idle }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "--eval",
    program,
  ]);
  return JSON.parse(stdout);
}

test("threads keep the process alive while a batch is in flight, and not when idle", async () => {
  const { busy, result, idle } = await inProcess("createHashPool({ threads: 2 })", 0);
  expect(busy).toContain("MessagePort");
  expect(idle).not.toContain("MessagePort");
  expect(idle).not.toContain("Worker");
  expect(result).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("the adaptive hasher starts threads for large batches only", async () => {
  const small = await inProcess("createAdaptiveHasher()", 256 * 1024 - 1);
  expect(small.busy).not.toContain("MessagePort");
  const large = await inProcess("createAdaptiveHasher()", 256 * 1024);
  expect(large.busy.includes("MessagePort")).toBe(availableParallelism() > 1);
  const alone = await inProcess("createAdaptiveHasher({ threads: 1 })", 256 * 1024);
  expect(alone.busy).not.toContain("MessagePort");
});
