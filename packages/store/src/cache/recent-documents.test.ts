import { expect, test } from "vitest";
import { RecentDocuments } from "./recent-documents.ts";

const placed = (offset: number) => ({ pack: 1, offset, bytes: 100 });

test("what was read last stays, within the budget", () => {
  const documents = new RecentDocuments(100);
  const bytes = [40, 41, 42].map((sizeBytes) => new Uint8Array(sizeBytes));
  documents.put(placed(0), bytes[0]!);
  documents.put(placed(1), bytes[1]!);
  expect(documents.get(placed(0))).toBe(bytes[0]);
  documents.put(placed(2), bytes[2]!);
  expect(documents.get(placed(1))).toBeUndefined();
  expect(documents.get(placed(0))).toBe(bytes[0]);
  expect(documents.get(placed(2))).toBe(bytes[2]);
  expect(documents.get({ pack: 2, offset: 0, bytes: 100 })).toBeUndefined();
});

test("one that two readers bring counts once, and one beyond the budget is not kept", () => {
  const documents = new RecentDocuments(100);
  documents.put(placed(0), new Uint8Array(60));
  documents.put(placed(0), new Uint8Array(60));
  documents.put(placed(1), new Uint8Array(40));
  expect(documents.get(placed(0))).toBeDefined();
  expect(documents.get(placed(1))).toBeDefined();
  documents.put(placed(2), new Uint8Array(101));
  expect(documents.get(placed(2))).toBeUndefined();
});
