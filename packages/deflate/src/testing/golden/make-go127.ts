/**
 * Makes go127.json: for each level and group of inputs, the sha256 of what the standard library of
 * Go 1.27 gives. Needs a Go that can download that toolchain: node make-go127.ts
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeInput } from "../inputs.ts";
import {
  digestOf,
  INPUT_GROUPS,
  type InputGroup,
  isForLong,
  LONG_GROUP,
} from "../klauspost-inputs.ts";

const TOOLCHAIN = "go1.27.3";
const LEVELS = [1, 2, 3, 5, 6, 7, 8, 9];

/** Encodes files: each line of its input is a level, a file, and a file for the body. */
const GO = `package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var level int
		var from, to string
		fmt.Sscan(lines.Text(), &level, &from, &to)
		data, err := os.ReadFile(from)
		check(err)
		var out bytes.Buffer
		w, err := gzip.NewWriterLevel(&out, level)
		check(err)
		_, err = w.Write(data)
		check(err)
		check(w.Close())
		check(os.WriteFile(to, out.Bytes()[10:out.Len()-8], 0o644))
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
`;

const folder = mkdtempSync(join(tmpdir(), "make-go127-"));
try {
  const tool = build();
  const golden: Record<string, Record<string, string>> = {};
  for (const level of LEVELS) {
    const id = `go1.27/${level}`;
    const groups = isForLong(id) ? [...INPUT_GROUPS, LONG_GROUP] : INPUT_GROUPS;
    golden[id] = Object.fromEntries(
      groups.map((group) => [group.name, digestByTool(group, { tool, level })]),
    );
  }
  const text = `${JSON.stringify(golden, null, 2)}\n`;
  writeFileSync(new URL("go127.json", import.meta.url), text);
} finally {
  rmSync(folder, { recursive: true });
}

function digestByTool(
  group: InputGroup,
  { tool, level }: { readonly tool: string; readonly level: number },
): string {
  const files = group.sizes.map((size) => {
    const file = join(folder, `${group.kind}-${size}`);
    writeFileSync(file, makeInput(group.kind, size));
    return file;
  });
  const lines = files.map((file) => `${level} ${file} ${file}.body\n`);
  execFileSync(tool, { input: lines.join("") });
  let turn = 0;
  return digestOf(group, () => [readFileSync(`${files[turn++]}.body`)]);
}

function build(): string {
  const env = { ...process.env, GOTOOLCHAIN: TOOLCHAIN };
  writeFileSync(join(folder, "main.go"), GO);
  execFileSync("go", ["mod", "init", "oracle"], { cwd: folder, env });
  execFileSync("go", ["build", "-o", "oracle", "."], { cwd: folder, env });
  return join(folder, "oracle");
}
