/**
 * Makes go.json: for each level of compress/flate and group of inputs, the sha256 of what the real
 * versions give. Fails when versions differ. Needs Go, which fetches the other versions, some
 * hundred MB of a temporary folder and of Go's caches, and a minute or two: node make-go.ts
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { groupsOf } from "../go-inputs.ts";
import { makeInput } from "../inputs.ts";
import { digestOf, type InputGroup } from "../klauspost-inputs.ts";

const NEW = ["go1.15.15", "go1.22.12", "go1.26.8"];
const OLD = ["go1.8.7", "go1.14.15"];

/** Streams of these levels are also flushed before they are closed. */
const FLUSHED = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Of each id the level, and versions with the same bytes. */
const MODELS: Readonly<Record<string, readonly [level: number, versions: readonly string[]]>> = {
  "go/huffman": [-2, NEW],
  "go/0": [0, [...OLD, ...NEW]],
  "go/1": [1, NEW],
  "go/2": [2, [...OLD, ...NEW]],
  "go/3": [3, [...OLD, ...NEW]],
  "go/4": [4, [...OLD, ...NEW]],
  "go/5": [5, [...OLD, ...NEW]],
  "go/6": [6, [...OLD, ...NEW]],
  "go/7": [7, [...OLD, ...NEW]],
  "go/8": [8, [...OLD, ...NEW]],
  "go/9": [9, [...OLD, ...NEW]],
  "go/1/1.8": [1, OLD],
  ...Object.fromEntries(FLUSHED.map((level) => [`go/${level}/flushed`, [level, NEW]])),
};

/** Encodes files: each line of its input is a level, whether to flush, a file, and a file for the body. */
const GO = `package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"fmt"
	"io/ioutil"
	"os"
	"runtime"
)

func main() {
	if runtime.Version() != os.Args[1] {
		panic(runtime.Version())
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var level int
		var flush bool
		var from, to string
		fmt.Sscan(lines.Text(), &level, &flush, &from, &to)
		data, err := ioutil.ReadFile(from)
		check(err)
		var out bytes.Buffer
		w, err := flate.NewWriter(&out, level)
		check(err)
		_, err = w.Write(data)
		check(err)
		if flush {
			check(w.Flush())
		}
		check(w.Close())
		check(ioutil.WriteFile(to, out.Bytes(), 0644))
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
`;

const folder = mkdtempSync(join(tmpdir(), "make-go-"));
try {
  const tools = new Map([...OLD, ...NEW].map((version) => [version, build(version)]));
  const golden = Object.entries(MODELS).map(([id, [level, versions]]) => {
    const flushes = id.endsWith("/flushed");
    const groups = groupsOf(id).map((group) => {
      const files = filesOf(group);
      const digests = versions.map((version) => {
        return digestByTool(group, { files, tool: tools.get(version)!, version, level, flushes });
      });
      if (new Set(digests).size > 1) throw new Error(`make digests of ${id}: versions differ`);
      return [group.name, digests[0]!];
    });
    return [id, Object.fromEntries(groups)];
  });
  const text = `${JSON.stringify(Object.fromEntries(golden), null, 2)}\n`;
  writeFileSync(new URL("go.json", import.meta.url), text);
} finally {
  rmSync(folder, { recursive: true });
}

function filesOf(group: InputGroup): string[] {
  return group.sizes.map((size) => {
    const file = join(folder, `${group.kind}-${size}`);
    writeFileSync(file, makeInput(group.kind, size));
    return file;
  });
}

interface Tool {
  readonly files: readonly string[];
  readonly tool: string;
  readonly version: string;
  readonly level: number;
  readonly flushes: boolean;
}

function digestByTool(group: InputGroup, { files, tool, version, level, flushes }: Tool): string {
  const lines = files.map((file) => `${level} ${flushes} ${file} ${file}.body\n`);
  execFileSync(tool, [version], { input: lines.join("") });
  let turn = 0;
  return digestOf(group, () => [readFileSync(`${files[turn++]}.body`)]);
}

function build(version: string): string {
  const cwd = mkdtempSync(join(folder, `${version}-`));
  writeFileSync(join(cwd, "main.go"), GO);
  const env = { ...process.env, GOTOOLCHAIN: version, GOFLAGS: "-v" };
  execFileSync("go", ["build", "-o", "oracle", "main.go"], { cwd, env });
  return join(cwd, "oracle");
}
