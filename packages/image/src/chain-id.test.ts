import { createHash } from "node:crypto";
import type { DiffId } from "@shale/content";
import { expect, test } from "vitest";
import { chainIds } from "./chain-id.ts";

const A = `sha256:${"a".repeat(64)}` as DiffId;
const B = `sha256:${"b".repeat(64)}` as DiffId;
const hash = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

test("each is made of the one below and the layer's own", () => {
  expect(chainIds([])).toEqual([]);
  expect(chainIds([A])).toEqual([A]);
  expect(chainIds([A, B, A])).toEqual([A, hash(`${A} ${B}`), hash(`${hash(`${A} ${B}`)} ${A}`)]);
});
