import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type DemoArchive,
  type DemoImage,
  type DemoLayer,
  writeDockerArchive,
  writeOciLayout,
} from "./archives.ts";
import { gzipLayer, writeLayer } from "./layer.ts";
import { checkoutTree, filesOf, ownPackages, runtime, type Tree, toolPackages } from "./trees.ts";

/** Images that have something in common. */
export interface Family {
  readonly name: string;
  readonly about: string;
  /** Builds the family's archives from files of this machine, below `directory`. */
  build(directory: string): Promise<DemoArchive[]>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** When the first of the builds was made; only the distance between builds matters. */
const FIRST_BUILD_MS = Date.UTC(2026, 0, 5, 9);
const REBUILDS = 3;

export const FAMILIES: readonly Family[] = [
  {
    name: "sites",
    about: "scratch, base, server, EXPOSE, then COPY site A or site B",
    build: buildSites,
  },
  {
    name: "rebuilds",
    about: `one Dockerfile built ${REBUILDS} times: the same files, new timestamps`,
    build: buildRebuilds,
  },
  {
    name: "versions",
    about: "an application whose one layer grows from version to version",
    build: buildVersions,
  },
  {
    name: "gzipped",
    about: "two images of an OCI layout: gzip layers, kept exactly as they came",
    build: buildGzipped,
  },
];

async function buildSites(directory: string): Promise<DemoArchive[]> {
  const layers = layersIn(directory);
  const { around, program } = runtime();
  const server = [
    await layers("COPY base /", { trees: [around] }),
    await layers("COPY server /", { trees: [program] }),
    await layers("EXPOSE 80", { trees: [] }),
  ];
  const images: DemoImage[] = [];
  for (const [name, tree] of sites()) {
    const site = await layers(`COPY site-${name} /var/www`, { trees: [tree] });
    images.push({ name: `site:${name}`, layers: [...server, site], created: dayOf(0) });
  }
  return [await writeDockerArchive(join(directory, "sites.tar"), images)];
}

function sites(): [string, Tree][] {
  return [
    ["a", checkoutTree("docs", "var/www")],
    ["b", checkoutTree("test/golden", "var/www")],
  ];
}

async function buildRebuilds(directory: string): Promise<DemoArchive[]> {
  const layers = layersIn(directory);
  const { odd } = halves();
  const archives: DemoArchive[] = [];
  for (let build = 0; build < REBUILDS; build++) {
    const created = dayOf(build);
    const layer = await layers("RUN npm ci", { trees: odd, mtime: created });
    archives.push(
      await save(directory, { name: `tools:build-${build + 1}`, layers: [layer], created }),
    );
  }
  return archives;
}

async function buildVersions(directory: string): Promise<DemoArchive[]> {
  const layers = layersIn(directory);
  const { even } = halves();
  const own = ownPackages();
  const archives: DemoArchive[] = [];
  for (let version = 1; version <= own.length; version++) {
    const trees = [...even, ...own.slice(0, version)];
    const created = dayOf(version);
    const layer = await layers("COPY . /app", { trees, mtime: created });
    archives.push(await save(directory, { name: `app:${version}`, layers: [layer], created }));
  }
  return archives;
}

async function buildGzipped(directory: string): Promise<DemoArchive[]> {
  const layers = layersIn(directory);
  const base = await layers("COPY base /", { trees: halves().even, gzip: true });
  const images: DemoImage[] = [];
  for (const [name, tree] of sites()) {
    const site = await layers(`COPY site-${name} /var/www`, { trees: [tree], gzip: true });
    images.push({ name: `gzipped:${name}`, layers: [base, site], created: dayOf(0) });
  }
  return [await writeOciLayout(join(directory, "layout.tar"), images)];
}

/** The tools' packages in two halves of about one size, so that families share nothing by accident. */
function halves(): { odd: Tree[]; even: Tree[] } {
  const trees = toolPackages();
  return {
    odd: trees.filter((_tree, at) => at % 2 === 0),
    even: trees.filter((_tree, at) => at % 2 === 1),
  };
}

function dayOf(day: number): Date {
  return new Date(FIRST_BUILD_MS + day * DAY_MS);
}

interface LayerWanted {
  readonly trees: readonly Tree[];
  readonly mtime?: Date;
  readonly gzip?: boolean;
}

/** Makes layers below `directory`, one file each. */
function layersIn(
  directory: string,
): (createdBy: string, wanted: LayerWanted) => Promise<DemoLayer> {
  let count = 0;
  return async (createdBy, { trees, mtime = dayOf(0), gzip = false }) => {
    await mkdir(directory, { recursive: true });
    const path = join(directory, `layer-${count++}.tar`);
    const tar = await writeLayer(path, { files: filesOf(trees), mtime });
    return gzip ? { createdBy, tar, gzip: await gzipLayer(`${path}.gz`, tar) } : { createdBy, tar };
  };
}

async function save(directory: string, image: DemoImage): Promise<DemoArchive> {
  return await writeDockerArchive(join(directory, `${image.name.replace(":", "-")}.tar`), [image]);
}
