import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { succeed } from "../../packaging/commands.ts";
import { openClients } from "../clients.ts";
import { startDocker } from "../docker.ts";
import { makeLayout } from "./layout.ts";
import type { Workshop } from "./makers.ts";
import { startRegistry } from "./registry.ts";
import { makeRootfs } from "./rootfs.ts";

/** What all makers need, on a tar with so much content. */
export interface OpenWorkshop extends Workshop, AsyncDisposable {
  /** The same, on a tar of some of the files. */
  readonly small: Workshop;
}

export async function openWorkshop(
  directory: string,
  { contentBytes, smallBytes }: { contentBytes: number; smallBytes: number },
): Promise<OpenWorkshop> {
  const clients = await openClients(directory);
  const docker = await startDocker(join(directory, "docker"));
  const registry = await startRegistry(join(directory, "registry"));
  const tools = { clients, docker, registry };
  return {
    ...tools,
    ...(await makeContent(join(directory, "large"), contentBytes)),
    small: { ...tools, ...(await makeContent(join(directory, "small"), smallBytes)) },
    async [Symbol.asyncDispose]() {
      await docker[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

async function makeContent(directory: string, contentBytes: number) {
  const [tar, tree, plain] = ["tar", "tree", "plain"].map((name) => join(directory, name));
  await mkdir(tree!, { recursive: true });
  await makeRootfs(tar!, contentBytes);
  await succeed(["tar", "-xf", tar!, "-C", tree!]);
  await copyFile(tar!, `${plain}.tar`);
  await makeLayout(plain!, { layer: `${plain}.tar`, compressed: false });
  return { tar: tar!, tree: tree!, plain: plain! };
}
