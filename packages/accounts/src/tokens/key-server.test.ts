import { expect, test } from "vitest";
import { serve } from "../testing/served.ts";
import { ecKeys, jwkOf } from "../testing/tokens.ts";
import { KeyServer } from "./key-server.ts";

const one = ecKeys().publicKey;
const two = ecKeys().publicKey;

/** A server that says what it is told. */
async function fake() {
  const state = { status: 200, body: "", asked: 0, location: undefined as string | undefined };
  const served = await serve((_request, response) => {
    state.asked += 1;
    response.writeHead(
      state.status,
      state.location === undefined ? {} : { Location: state.location },
    );
    response.end(state.body);
  });
  const clock = { nowMs: 1_000_000 };
  const errors: unknown[] = [];
  const source = new KeyServer(new URL(`${served.url}/keys`), {
    nowMs: () => clock.nowMs,
    onError: (error) => errors.push(error),
  });
  const ids = async (id?: string): Promise<unknown[]> =>
    (await source.keys(id)).map((known) => known.id);
  return { state, served, clock, errors, source, ids };
}

test("asks once, then now and then, and at once for a key that is new", async () => {
  const { state, served, clock, ids } = await fake();
  await using _served = served;
  state.body = JSON.stringify({ keys: [jwkOf(one, "one")] });
  const all = await Promise.all(Array.from({ length: 20 }, () => ids("one")));
  expect(all[19]).toEqual(["one"]);
  expect(state.asked).toBe(1);
  state.body = JSON.stringify({ keys: [jwkOf(one, "one"), jwkOf(two, "two")] });
  // Whoever invents names does not have it ask all the time.
  expect(await ids("two")).toEqual(["one"]);
  clock.nowMs += 31_000;
  expect(await ids("two")).toEqual(["one", "two"]);
  for (let at = 0; at < 10; at++) await ids(`invented ${at}`);
  expect(state.asked).toBe(2);
  clock.nowMs += 11 * 60_000;
  await ids("one");
  expect(state.asked).toBe(3);
});

test("goes on with what it knew while the server is away, or says something wrong", async () => {
  const { state, served, clock, errors, ids } = await fake();
  await using _served = served;
  state.body = JSON.stringify({ keys: [jwkOf(one, "one")] });
  await ids();
  for (const [status, body] of [
    [500, state.body],
    [200, "{}"],
    [200, "x".repeat(2 * 1024 * 1024)],
  ] as const) {
    Object.assign(state, { status, body });
    clock.nowMs += 11 * 60_000;
    expect(await ids()).toEqual(["one"]);
  }
  expect(errors).toHaveLength(3);
});

test("follows nobody elsewhere, and has none before it was answered", async () => {
  const { state, served, clock, ids } = await fake();
  await using _served = served;
  const real = await fake();
  await using _real = real.served;
  real.state.body = JSON.stringify({ keys: [jwkOf(two, "two")] });
  Object.assign(state, { status: 302, location: `${real.served.url}/keys` });
  await expect(ids()).rejects.toMatchObject({ code: "KEYS_UNREACHABLE" });
  await expect(ids()).rejects.toMatchObject({ code: "KEYS_UNREACHABLE" });
  expect([state.asked, real.state.asked]).toEqual([1, 0]);
  Object.assign(state, { status: 200, location: undefined });
  state.body = JSON.stringify({ keys: [jwkOf(one, "one")] });
  clock.nowMs += 31_000;
  expect(await ids()).toEqual(["one"]);
});
