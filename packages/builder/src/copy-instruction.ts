import type { Context } from "./context/context.ts";
import { invalid } from "./dockerfile/dockerfile.ts";
import { expandWord } from "./dockerfile/words.ts";
import { at, BuildError } from "./errors.ts";
import { type Placed, reading, variablesOf, wordOf, wordsOf } from "./instructions.ts";
import { type CopyRequest, copyFromContext, copyFromTree, copyTexts } from "./layer/copy.ts";
import type { LayerEntry } from "./layer/entry.ts";
import { absolute } from "./run-config.ts";
import type { StageState } from "./stage.ts";
import { cleanPath, type ImageTree } from "./tree/image-tree.ts";
import { ownerOf } from "./tree/owners.ts";

export interface CopySources {
  readonly context: () => Promise<Context>;
  /** The files of an earlier stage, or of another image. */
  readonly treeOf: (name: string) => Promise<ImageTree>;
  readonly signal?: AbortSignal | undefined;
}

const FLAGS: ReadonlySet<string> = new Set(["from", "chown", "chmod", "link"]);

/** What a COPY or an ADD brings into the image. */
export async function entriesOfCopy(
  stage: StageState,
  placed: Placed,
  sources: CopySources,
): Promise<LayerEntry[]> {
  const { instruction } = placed;
  const request = await requestOf(stage, placed, sources);
  const { heredocs, flags } = instruction;
  if (heredocs.length > 0) {
    if (request.sources.length > 0) {
      throw invalid(
        placed.file,
        instruction.line,
        "files and texts in one instruction are not done here; write two",
      );
    }
    return copyTexts(stage.tree, request, textsOf(stage, placed));
  }
  const from = flags.get("from");
  if (from !== undefined) {
    const tree = await sources.treeOf(wordOf(stage, placed, from));
    return copyFromTree(stage.tree, tree, request);
  }
  return await copyFromContext(stage.tree, await sources.context(), request);
}

async function requestOf(
  stage: StageState,
  placed: Placed,
  { signal }: CopySources,
): Promise<CopyRequest> {
  const { instruction, file } = placed;
  const { keyword, line, flags, heredocs } = instruction;
  const unknown = [...flags.keys()].find((flag) => !FLAGS.has(flag));
  if (unknown !== undefined || (keyword === "ADD" && flags.has("from"))) {
    const message = `build ${at(file, line)}: ${keyword} --${unknown ?? "from"} is not done here`;
    throw new BuildError("INSTRUCTION_UNSUPPORTED", message);
  }
  const words = wordsOf(stage, placed);
  const destination = words.at(-1);
  const sources = words.slice(0, -1).filter((word) => !word.startsWith("<<"));
  if (destination === undefined || sources.length + heredocs.length === 0) {
    throw invalid(file, line, `${keyword} takes what is copied, and where to`);
  }
  const address = sources.find(
    (source) => /^(https?|ftp|git@|ssh):/i.test(source) || /\.git(#|$)/.test(source),
  );
  if (keyword === "ADD" && address !== undefined) refuseAddress(placed, address);
  const owner = flags.get("chown");
  const name = owner === undefined ? undefined : wordOf(stage, placed, owner);
  return {
    sources,
    destination: cleanPath(absolute(stage.run, destination)),
    isDirectory: /(^|\/)\.{0,2}$/.test(destination),
    owner: name === undefined ? { uid: 0, gid: 0 } : await ownerOf(stage.tree, name, signal),
    mode: modeOf(stage, placed),
    unpacks: keyword === "ADD",
    what: `build ${at(file, line)}`,
    signal,
  };
}

function refuseAddress({ file, instruction }: Placed, address: string): never {
  const hint = "nothing is fetched in a build; download it first, and ADD the file";
  const message = `build ${at(file, instruction.line)}: ADD ${address.slice(0, 200)} is not done here: ${hint}`;
  throw new BuildError("INSTRUCTION_UNSUPPORTED", message);
}

function modeOf(stage: StageState, placed: Placed): number | undefined {
  const flag = placed.instruction.flags.get("chmod");
  if (flag === undefined) return undefined;
  const text = wordOf(stage, placed, flag);
  if (/^[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8);
  throw invalid(placed.file, placed.instruction.line, `--chmod=${text}: give it in octal, as 755`);
}

function textsOf(stage: StageState, placed: Placed): { name: string; content: Buffer }[] {
  const options = { variables: variablesOf(stage), escapeWith: placed.escapeWith };
  return placed.instruction.heredocs.map(({ name, content, expands }) => {
    const text = expands ? reading(placed, () => expandQuoted(content, options)) : content;
    return { name, content: Buffer.from(text) };
  });
}

/** Variables are put in, as in a shell's here-document; quotes are what they are. */
function expandQuoted(text: string, options: Parameters<typeof expandWord>[1]): string {
  return text.replace(/\\([$\\`])|\$(?:\{[^}]*\}|[A-Za-z_]\w*)/g, (all, escaped?: string) =>
    escaped === undefined ? expandWord(all, options) : escaped,
  );
}
