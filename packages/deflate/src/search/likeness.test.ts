import { expect, test } from "vitest";
import { ModelRun } from "../models/model-run.ts";
import { MODEL_IDS } from "../models/registry.ts";
import { makeInput } from "../testing/inputs.ts";
import { firstTokensOf, siblings } from "./likeness.ts";

function tokensBy(model: string, input: Uint8Array): Buffer {
  const pieces: Uint8Array[] = [];
  using run = new ModelRun(model, { tokensOnly: true });
  run.push(input, (bytes) => pieces.push(bytes.slice()));
  run.finish((bytes) => pieces.push(bytes.slice()));
  return Buffer.concat(pieces);
}

test.each(["tar", "few", "zeros", "copies"])(
  "models whose first tokens have one name give the same ones: %s",
  (kind) => {
    const input = makeInput(kind, 20_000);
    const known = new Map<string, Buffer>();
    for (const id of MODEL_IDS) {
      const tokens = tokensBy(id, input);
      const name = firstTokensOf(id);
      expect(tokens.equals(known.get(name) ?? tokens), id).toBe(true);
      known.set(name, tokens);
    }
  },
);

test("only models whose states have one form go on for each other", () => {
  expect(siblings("go/9")).toContain("go/9/flushed");
  expect(siblings("go/1")).toEqual(["go/1/flushed"]);
  expect(siblings("go/1/1.8")).toEqual([]);
  expect(siblings("klauspost/5/A")).toContain("klauspost/5/E");
  expect(siblings("pgzip/5/A/262144")).not.toContain("pgzip/5/A/1048576");
});
