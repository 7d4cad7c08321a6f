import { isInstalled } from "./command.ts";
import { coldRows } from "./registry/cold.ts";
import { crowdRows, loadRows } from "./registry/crowd.ts";
import { questionRows } from "./registry/questions.ts";
import { SHALE, serverKinds } from "./registry/servers.ts";
import { transferRows } from "./registry/transfers.ts";
import { type BenchOptions, type BenchRow, roundsOf } from "./row.ts";
import { makeWorkDir } from "./work-dir.ts";

const MB = 1e6;
const PROGRAMS = ["docker-registry", "skopeo", "wrk"];
const SIZES = {
  smoke: {
    imageBytes: 4 * MB,
    crowdBytes: MB,
    askSeconds: 1,
    loads: [{ sizeBytes: MB / 10, count: 8 }],
  },
  full: {
    imageBytes: 500 * MB,
    crowdBytes: 200 * MB,
    askSeconds: 5,
    loads: [
      { sizeBytes: MB, count: 400 },
      { sizeBytes: 10 * MB, count: 80 },
      { sizeBytes: 100 * MB, count: 16 },
    ],
  },
};

/** `shale serve` beside other registries on this machine, each empty and on the same disk. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const missing = PROGRAMS.filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    const why = `${missing.join(" and ")} are not installed`;
    const row = { name: SHALE, group: "registries", value: 0, unit: "s", runs: 0 };
    return [{ ...row, missing: why }];
  }
  await using work = await makeWorkDir(options);
  const kinds = serverKinds();
  const rounds = roundsOf(options);
  const {
    imageBytes: sizeBytes,
    crowdBytes,
    askSeconds,
    loads,
  } = SIZES[options.smoke ? "smoke" : "full"];
  const rows = [
    ...(await transferRows(work, kinds, { sizeBytes, rounds })),
    ...(await questionRows(work, kinds, { askSeconds, rounds })),
    ...(await coldRows(work, options, rounds)),
  ];
  for (const load of loads) rows.push(...(await loadRows(work, kinds, { ...load, rounds })));
  return [...rows, ...(await crowdRows(work, crowdBytes))];
}
