import { readFile } from "node:fs/promises";
import { ContentError } from "@shale/content";
import { expect, test } from "vitest";
import { CliError, describeError } from "./errors.ts";

test("a coded error is shown as it is", () => {
  expect(describeError(new ContentError("BLOB_UNKNOWN", "open x: not here"))).toEqual({
    code: "BLOB_UNKNOWN",
    message: "open x: not here",
  });
});

test("an error of the system names what was done and with what", async () => {
  const error: unknown = await readFile("/no/such\nfile").catch((reason: unknown) => reason);
  expect(describeError(error)).toEqual({
    code: "ENOENT",
    message: 'open "/no/such\\nfile": no such file or directory',
  });
});

test("anything else is a fault of the program, with a way to look further", () => {
  for (const error of [new TypeError("x is not a function"), "a text", undefined]) {
    const { code, message } = describeError(error);
    expect(code).toBe("INTERNAL");
    expect(message).toContain(String(error));
    expect(message).toContain("SHALE_DEBUG=1");
  }
});

test("a message is one line without control characters", () => {
  const { message } = describeError(new CliError("USAGE", "one\n  two \x1b[31m\ttail\n"));
  expect(message).toBe("one two \\u001b[31m\\ttail");
});
