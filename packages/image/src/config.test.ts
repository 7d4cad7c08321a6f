import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";
import { json } from "./testing/images.ts";

const DIFF_ID = `sha256:${"b".repeat(64)}`;

test("a config says when, for what, of which layers and by which steps", () => {
  const config = parseConfig(
    json({
      created: "2024-05-06T07:08:09.123456789Z",
      os: "linux",
      architecture: "arm",
      variant: "v7",
      rootfs: { type: "layers", diff_ids: [DIFF_ID] },
      history: [
        { created: "2024-05-06T09:08:09+02:00", created_by: "COPY . /", comment: "buildkit" },
        { created_by: "ENV A=b", empty_layer: true },
      ],
    }),
    "config",
  );
  expect(config).toEqual({
    createdMs: Date.UTC(2024, 4, 6, 7, 8, 9, 123),
    os: "linux",
    architecture: "arm",
    variant: "v7",
    diffIds: [DIFF_ID],
    labels: {},
    history: [
      {
        createdMs: Date.UTC(2024, 4, 6, 7, 8, 9),
        createdBy: "COPY . /",
        comment: "buildkit",
        emptyLayer: false,
      },
      { createdMs: undefined, createdBy: "ENV A=b", comment: undefined, emptyLayer: true },
    ],
  });
});

test.each([
  {},
  { rootfs: null },
  { rootfs: { type: "layers", diff_ids: null } },
  { created: 7, history: null },
])("%o has no layers, and says nothing else", (document) => {
  const config = parseConfig(json(document), "config");
  expect(config).toMatchObject({ createdMs: undefined, diffIds: [], history: [] });
});

test.each([
  [],
  { rootfs: { diff_ids: "x" } },
  { rootfs: { diff_ids: [7] } },
  { rootfs: { diff_ids: ["sha256:1"] } },
  { history: {} },
])("%o is refused", (document) => {
  expect(() => parseConfig(json(document), "config")).toThrow(
    expect.objectContaining({ code: "DOCUMENT_INVALID" }),
  );
});
