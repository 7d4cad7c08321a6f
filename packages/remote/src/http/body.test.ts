import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { REMOTE_LIMITS } from "../limits.ts";
import { Body } from "./body.ts";

/** A connection that is read from, and what was asked of it. */
function connection() {
  const asked: string[] = [];
  return {
    asked,
    pause: () => void asked.push("pause"),
    resume: () => void asked.push("resume"),
    abort: () => void asked.push("abort"),
  };
}

async function read(body: Body): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

test("what comes in any pieces, at any pace, with or without a length, is read in order", async () => {
  const chunk = fc.record({
    sizeBytes: fc.oneof(fc.nat(100), fc.nat(2 * REMOTE_LIMITS.pieceBytes)),
    waits: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 8 }), fc.boolean(), async (chunks, isKnown) => {
      const sizeBytes = chunks.reduce((sum, one) => sum + one.sizeBytes, 0);
      const body = new Body(connection(), isKnown ? sizeBytes : undefined);
      const got = read(body);
      const sent = chunks.map(({ sizeBytes }, index) => Buffer.alloc(sizeBytes, index + 1));
      for (const [index, bytes] of sent.entries()) {
        const lent = Buffer.from(bytes);
        body.push(lent);
        lent.fill(0);
        if (chunks[index]!.waits) await sleep(0);
      }
      body.end();
      expect((await got).equals(Buffer.concat(sent))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("small pieces come together", async () => {
  const body = new Body(connection(), 1_000_000);
  for (let i = 0; i < 1000; i++) body.push(Buffer.alloc(1000));
  body.end();
  const sizes: number[] = [];
  for await (const piece of body) sizes.push(piece.length);
  expect(sizes).toEqual([REMOTE_LIMITS.pieceBytes, 1_000_000 - REMOTE_LIMITS.pieceBytes]);
});

test("what a slow network brings is given before all is there", async () => {
  const body = new Body(connection(), 1_000_000);
  body.push(Buffer.from("slow"));
  const pieces = body[Symbol.asyncIterator]();
  expect(Buffer.from((await pieces.next()).value!).toString()).toBe("slow");
  const next = pieces.next();
  await sleep(2 * REMOTE_LIMITS.gatherMs);
  body.push(Buffer.from("er"));
  expect(Buffer.from((await next).value!).toString()).toBe("er");
});

test("a connection that breaks gives what it brought, then its error", async () => {
  const body = new Body(connection(), 1000);
  body.push(Buffer.from("half"));
  body.end(new Error("cut"));
  const pieces: string[] = [];
  const reading = async () => {
    for await (const piece of body) pieces.push(Buffer.from(piece).toString());
  };
  await expect(reading()).rejects.toThrow("cut");
  expect(pieces).toEqual(["half"]);
});

test("a reader that is slower than the network holds it up", async () => {
  const from = connection();
  const body = new Body(from, undefined);
  const piece = Buffer.alloc(REMOTE_LIMITS.pieceBytes);
  body.push(piece);
  expect(from.asked).toEqual([]);
  body.push(piece);
  body.push(piece);
  expect(from.asked).toEqual(["pause"]);
  const pieces = body[Symbol.asyncIterator]();
  await pieces.next();
  expect(from.asked).toEqual(["pause", "resume"]);
});

test("a reader that leaves closes the connection, unless all came", async () => {
  for (const [isWhole, asked] of [
    [false, ["abort"]],
    [true, []],
  ] as const) {
    const from = connection();
    const body = new Body(from, undefined);
    body.push(Buffer.alloc(REMOTE_LIMITS.pieceBytes));
    if (isWhole) body.end();
    for await (const _piece of body) break;
    expect(from.asked).toEqual(asked);
  }
});

test("what nobody wants is thrown away, up to a limit", async () => {
  const [little, much, endless] = [connection(), connection(), connection()];
  const body = new Body(little, 100);
  const dropped = body.drop(1000);
  body.push(Buffer.alloc(100));
  body.end();
  await dropped;
  expect(little.asked).toEqual([]);
  await new Body(much, 1001).drop(1000);
  expect(much.asked).toEqual(["abort"]);
  const unknown = new Body(endless, undefined);
  const given = unknown.drop(1000);
  for (let i = 0; i < 11; i++) unknown.push(Buffer.alloc(100));
  await given;
  expect(endless.asked).toEqual(["abort"]);
});
