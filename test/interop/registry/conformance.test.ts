import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { finish, succeed } from "../../packaging/commands.ts";
import { type ListedBlob, openShale } from "../clients.ts";
import { startServer } from "./server.ts";

/** The suite of the specification, as a Go module of its own. */
const SUITE = "github.com/opencontainers/distribution-spec/conformance";
const VERSION = "v0.0.0-20260831232431-97274622c111";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-conformance-"));
  await succeed(["go", "install", `${SUITE}@${VERSION}`], { env: { GOBIN: directory } });
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** Each line of the suite's sum: `Pass....: 1032`. */
function counts(report: string): Record<string, number> {
  const [, sum = ""] = report.split("OCI Conformance Result:");
  const lines = sum.split("API conformance:")[0]!.matchAll(/^ {2}(\w+)\.+: +(\d+)$/gm);
  return Object.fromEntries(
    [...lines].map(([, name, count]) => [name!.toLowerCase(), Number(count)]),
  );
}

/** Tests that a version of the specification does not have are not counted as skipped. */
describe.each([
  ["1.1", 900, 2],
  ["dev", 1026, 0],
] as const)("distribution-spec %s", (version, atLeast, disabled) => {
  test("the official suite passes as a whole", async () => {
    const shale = openShale(join(directory, `store-${version}`));
    await using server = await startServer(shale, "--sparse", "all");
    const results = join(directory, `results-${version}`);
    const { status, output } = await finish([join(directory, "conformance")], {
      env: {
        OCI_REGISTRY: server.address,
        OCI_TLS: "disabled",
        OCI_VERSION: version,
        OCI_DATA_SPARSE: "true",
        OCI_REPO1: "a/one",
        OCI_REPO2: "a/two",
        OCI_RESULTS_DIR: results,
      },
    });
    const { pass, ...others } = counts(output);
    console.log(`distribution-spec ${version}:`, JSON.stringify({ pass, ...others }));
    if (status !== 0) console.log(await readFile(join(results, "junit.xml"), "utf8"));
    expect(status).toBe(0);
    expect(others).toMatchObject({ skip: 0, fail: 0, error: 0, disabled });
    expect(pass).toBeGreaterThanOrEqual(atLeast);
    const log = await server.end("SIGTERM");
    expect(log).not.toContain('"level":50');
    await shale.run("settle");
    expect(await shale.json<ListedBlob[]>("blobs")).toEqual(expect.any(Array));
    await shale.run("verify");
  });
});
