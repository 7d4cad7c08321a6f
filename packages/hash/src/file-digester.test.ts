import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FileDigester } from "./file-digester.ts";
import type { FileDigest } from "./followed-file.ts";
import { RangeSums } from "./range-sums.ts";

const directory = await mkdtemp(join(tmpdir(), "shale-follow-"));
const digester = new FileDigester();
let files = 0;

beforeAll(() => isThere(digester));
afterAll(async () => {
  await digester[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function isThere(one: FileDigester): Promise<void> {
  one.takes(64 * 2 ** 20);
  while (!one.takes(0)) await wait(5);
}

async function newFile() {
  return await open(join(directory, `${++files}`), "w+");
}

function digestOf(bytes: Uint8Array): FileDigest {
  const sums = new RangeSums();
  sums.update(bytes);
  return { sha256: createHash("sha256").update(bytes).digest(), rangeSums: sums.finish() };
}

function same(a: FileDigest, b: FileDigest): boolean {
  return Buffer.from(a.sha256).equals(b.sha256) && `${a.rangeSums}` === `${b.rangeSums}`;
}

test("files that grow side by side are digested as they are", async () => {
  const piece = fc.oneof(fc.nat(5_000), fc.nat(1_500_000));
  const content = fc.array(piece, { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 4 }), async (contents) => {
      const followed = contents.map(async (sizes) => {
        await using file = await newFile();
        const following = digester.follow(file.fd);
        const written: Buffer[] = [];
        let sizeBytes = 0;
        for (const size of sizes) {
          written.push(randomBytes(size));
          await file.write(written.at(-1)!);
          sizeBytes += size;
          following.advance(sizeBytes);
        }
        const digest = await following.finish();
        await following.drop();
        return same(digest, digestOf(Buffer.concat(written)));
      });
      expect(await Promise.all(followed)).not.toContain(false);
    }),
    { numRuns: 25 },
  );
});

test("a file is read as far as it was said to be there", async () => {
  await using file = await newFile();
  const bytes = randomBytes(3_000_000);
  await file.write(bytes);
  const following = digester.follow(file.fd);
  following.advance(1_234_567);
  expect(same(await following.finish(), digestOf(bytes.subarray(0, 1_234_567)))).toBe(true);
});

test("one that was dropped holds up nobody, and can be closed", async () => {
  await using other = await newFile();
  await other.write("something");
  const file = await newFile();
  await file.write(randomBytes(20_000_000));
  const following = digester.follow(file.fd);
  following.advance(20_000_000);
  await following.drop();
  await file.close();
  await expect(following.finish()).rejects.toThrow(/dropped/);
  const next = digester.follow(other.fd);
  next.advance(9);
  expect(same(await next.finish(), digestOf(Buffer.from("something")))).toBe(true);
});

test("one that was dropped does not wait for those that are older", async () => {
  await using long = await newFile();
  await long.truncate(400_000_000);
  const older = digester.follow(long.fd);
  older.advance(400_000_000);
  const finished = older.finish();
  const younger = digester.follow(long.fd);
  younger.advance(400_000_000);
  const first = await Promise.race([
    finished.then(() => "older"),
    younger.drop().then(() => "dropped"),
  ]);
  expect(first).toBe("dropped");
  await finished;
  await older.drop();
});

test("a file that is shorter than was said, or is none, fails alone", async () => {
  await using short = await newFile();
  await short.write("ten bytes.");
  await using fine = await newFile();
  await fine.write("fine");
  const [first, second, third] = [short.fd, 1_000_000, fine.fd].map((fd) => digester.follow(fd));
  first!.advance(11);
  second!.advance(10);
  third!.advance(4);
  await expect(first!.finish()).rejects.toThrow(/ends at 10/);
  await expect(second!.finish()).rejects.toThrow(/EBADF/);
  expect(same(await third!.finish(), digestOf(Buffer.from("fine")))).toBe(true);
});

test("when the thread ends, whoever waits is told, and nobody is taken any more", async () => {
  const own = new FileDigester();
  await isThere(own);
  await using file = await newFile();
  const following = own.follow(file.fd);
  const waiting = following.finish();
  following.advance(1);
  await own[Symbol.asyncDispose]();
  await expect(waiting).rejects.toThrow();
  expect(own.takes(1e9)).toBe(false);
  await expect(own.follow(file.fd).finish()).rejects.toThrow(/no thread/);
});

test("the thread starts when enough has come, and keeps no process", async () => {
  const program = join(directory, "program.mts");
  const module = new URL("./file-digester.ts", import.meta.url).href;
  await writeFile(
    program,
    `import { FileDigester } from ${JSON.stringify(module)};
     import { open } from "node:fs/promises";
     const digester = new FileDigester();
     const asked = [digester.takes(16 * 2 ** 20), digester.takes(16 * 2 ** 20)];
     while (!digester.takes(0)) await new Promise((resolve) => setTimeout(resolve, 5));
     const file = await open(${JSON.stringify(program)});
     const following = digester.follow(file.fd);
     following.advance(10);
     digester.follow(file.fd).advance(10);
     const digest = await following.finish();
     console.log(asked.join(), digest.sha256.length);`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout).toBe("false,false 32\n");
});
