import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkoutTree, filesOf, toolPackages } from "../demo/trees.ts";
import { type Clients, copyFiles } from "./clients.ts";
import type { Docker } from "./docker.ts";

/** The two images that every builder makes: they differ in their last layer only. */
export const SITES = ["a", "b"] as const;

/** What a builder copies into images: real files of this checkout, and a Dockerfile for each image. */
export async function makeContext(directory: string): Promise<string> {
  const context = join(directory, "context");
  const [largest, ...others] = toolPackages();
  await copyFiles(filesOf([{ ...largest!, to: "" }]), join(context, "base"));
  await copyFiles(
    filesOf(others.slice(0, 1).map((tree) => ({ ...tree, to: "" }))),
    join(context, "server"),
  );
  const sites = { a: "docs", b: "test/golden" };
  for (const site of SITES) {
    await copyFiles(filesOf([checkoutTree(sites[site], "")]), join(context, `site-${site}`));
    await writeFile(
      join(context, `Dockerfile.${site}`),
      [
        "FROM scratch",
        "COPY base /usr/lib",
        "COPY server /usr/local/lib",
        "EXPOSE 80",
        `COPY site-${site} /var/www`,
        "",
      ].join("\n"),
    );
  }
  return context;
}

/** Builds with buildah, and pushes both images to one OCI layout; gives the layout's path. */
export async function buildWithBuildah(clients: Clients, context: string): Promise<string> {
  const layout = `${context}-buildah`;
  for (const site of SITES) {
    const name = `localhost/site:${site}`;
    const file = join(context, `Dockerfile.${site}`);
    await clients.buildah("bud", "--layers", "--isolation=chroot", "-t", name, "-f", file, context);
    await clients.buildah("push", name, `oci:${layout}:${site}`);
  }
  return layout;
}

/** Builds with the classic builder of docker, and saves each image; gives the archives' paths. */
export async function buildWithDocker(docker: Docker, context: string): Promise<string[]> {
  const paths: string[] = [];
  for (const site of SITES) {
    const file = join(context, `Dockerfile.${site}`);
    await docker.run("build", "-t", `site:${site}`, "-f", file, context);
    paths.push(`${context}-docker-${site}.tar`);
    await docker.run("save", "-o", paths.at(-1)!, `site:${site}`);
  }
  return paths;
}

/** Puts images together with umoci, layer by layer, in one OCI layout; gives the layout's path. */
export async function buildWithUmoci({ umoci }: Clients, context: string): Promise<string> {
  const layout = `${context}-umoci`;
  await umoci("init", "--layout", layout);
  await umoci("new", "--image", `${layout}:base`);
  const insert = (tag: string, from: string, to: string) =>
    umoci("insert", "--image", `${layout}:${tag}`, join(context, from), to);
  await insert("base", "base", "/usr/lib");
  await insert("base", "server", "/usr/local/lib");
  for (const site of SITES) {
    await umoci("tag", "--image", `${layout}:base`, site);
    await insert(site, `site-${site}`, "/var/www");
  }
  await umoci("rm", "--image", `${layout}:base`);
  return layout;
}

/** A copy of both images of a layout in another form, each in a file or directory of its own. */
export async function copyAs(
  { skopeo }: Clients,
  { layout, form, flags = [] }: { layout: string; form: string; flags?: readonly string[] },
): Promise<string[]> {
  const directory = `${layout}-${[form, ...flags].join("").replaceAll(/\W+/g, "-")}`;
  await mkdir(directory);
  const paths: string[] = [];
  for (const site of SITES) {
    const path = join(directory, site);
    paths.push(path);
    await skopeo("copy", ...flags, `oci:${layout}:${site}`, `${form}:${path}:site:${site}`);
  }
  return paths;
}
