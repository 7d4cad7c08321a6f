/**
 * Makes klauspost.json: for each encoder and group of inputs, the sha256 of what the real versions
 * give. Fails when versions of a class differ. Needs Go and its module proxy, a few hundred MB of a
 * temporary folder, and some minutes: node make-klauspost.ts
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

const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  H: ["v1.12.1"],
  G: ["v1.12.2"],
  F: ["v1.13.6"],
  C: ["v1.14.4"],
  B: ["v1.15.8"],
  A: ["v1.15.14", "v1.18.0"],
  D: ["v1.18.1"],
  E: ["v1.18.5", "v1.19.0"],
};
const PGZIP_VERSION = "v1.2.5";

/** Encodes files: each line of its input is a level, a block size or 0, a file, and a file for the body. */
const GO = `package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/pgzip"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var level, block int
		var from, to string
		fmt.Sscan(lines.Text(), &level, &block, &from, &to)
		data, err := os.ReadFile(from)
		check(err)
		var out bytes.Buffer
		var w io.WriteCloser
		if block == 0 {
			w, err = gzip.NewWriterLevel(&out, level)
			check(err)
		} else {
			p, err := pgzip.NewWriterLevel(&out, level)
			check(err)
			check(p.SetConcurrency(block, 2))
			w = p
		}
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

const folder = mkdtempSync(join(tmpdir(), "make-klauspost-"));
try {
  const golden: Record<string, Record<string, string>> = {};
  for (const [name, versions] of Object.entries(VERSIONS)) {
    const [first, ...others] = versions.map((version) => digestsOf(name, version));
    for (const other of others) {
      if (JSON.stringify(other) !== JSON.stringify(first)) {
        throw new Error(`make digests of class ${name}: ${versions.join(" and ")} differ`);
      }
    }
    Object.assign(golden, first);
  }
  const text = `${JSON.stringify(golden, null, 2)}\n`;
  writeFileSync(new URL("klauspost.json", import.meta.url), text);
} finally {
  rmSync(folder, { recursive: true });
}

function digestsOf(name: string, version: string): Record<string, Record<string, string>> {
  const tool = build(version);
  const digests: Record<string, Record<string, string>> = {};
  for (const level of [5, 6]) {
    for (const block of [0, 1_048_576, 262_144]) {
      const id = block === 0 ? `klauspost/${level}/${name}` : `pgzip/${level}/${name}/${block}`;
      const groups = isForLong(id) ? [...INPUT_GROUPS, LONG_GROUP] : INPUT_GROUPS;
      digests[id] = Object.fromEntries(
        groups.map((group) => [group.name, digestByTool(group, `${tool} ${level} ${block}`)]),
      );
    }
  }
  return digests;
}

function digestByTool(group: InputGroup, command: string): string {
  const [tool, level, block] = command.split(" ");
  const files = group.sizes.map((size) => {
    const file = join(folder, `${group.kind}-${size}`);
    writeFileSync(file, makeInput(group.kind, size));
    return file;
  });
  const lines = files.map((file) => `${level} ${block} ${file} ${file}.body\n`);
  execFileSync(tool!, { input: lines.join("") });
  let turn = 0;
  return digestOf(group, () => [readFileSync(`${files[turn++]}.body`)]);
}

function build(version: string): string {
  const cwd = mkdtempSync(join(folder, `${version}-`));
  writeFileSync(join(cwd, "main.go"), GO);
  execFileSync("go", ["mod", "init", "oracle"], { cwd });
  const modules = [`compress@${version}`, `pgzip@${PGZIP_VERSION}`];
  execFileSync("go", ["get", ...modules.map((module) => `github.com/klauspost/${module}`)], {
    cwd,
  });
  const used = execFileSync("go", ["list", "-m", "github.com/klauspost/compress"], { cwd });
  if (!used.toString().endsWith(` ${version}\n`)) throw new Error(`build ${version}: got ${used}`);
  execFileSync("go", ["build", "-o", "oracle", "."], { cwd });
  return join(cwd, "oracle");
}
