import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Sparse } from "@shale/registry";
import { parseDocument } from "yaml";
import { z } from "zod";
import { CliError } from "../../errors.ts";
import { parseNetworks } from "../client-address.ts";
import { type AccessSection, accessSection } from "./access-section.ts";
import { type LimitsSection, limitsSection } from "./limits-section.ts";
import { type QuotaSection, quotasSection } from "./quotas-section.ts";
import { type TlsSection, tlsSection } from "./tls-section.ts";
import { type UpstreamSection, upstreamSection } from "./upstream-section.ts";
import { tried } from "./values.ts";

/** What the file may say: cli.md, "The config file of serve". */
export interface Config {
  readonly listen?: string | undefined;
  readonly domain?: string | undefined;
  readonly sparse?: Sparse | undefined;
  readonly access?: AccessSection | undefined;
  readonly tls?: TlsSection | undefined;
  readonly upstream?: UpstreamSection | undefined;
  readonly quotas?: readonly QuotaSection[] | undefined;
  readonly limits?: LimitsSection | undefined;
  /** Networks of the proxies before this server: what they say of their clients is believed. */
  readonly proxies?: readonly string[] | undefined;
  /** An address of its own for `/metrics`. */
  readonly metrics?: { readonly listen: string } | undefined;
}

const schema: z.ZodType<Config> = z.strictObject({
  listen: z.string().optional(),
  domain: z.string().optional(),
  sparse: z.enum(["none", "indexes", "all"]).optional(),
  access: accessSection.optional(),
  tls: tlsSection.optional(),
  upstream: upstreamSection.optional(),
  quotas: quotasSection.optional(),
  limits: limitsSection.optional(),
  proxies: z.array(z.string().refine(...tried((text) => parseNetworks([text])))).optional(),
  metrics: z.strictObject({ listen: z.string() }).optional(),
});

/** Something that is wrong, and where. */
export interface ConfigProblem {
  /** `access.rules[0].who`; empty for the file itself. */
  readonly key: string;
  readonly message: string;
}

/** All that is wrong with a config, so that it can be mended in one go. */
export class ConfigError extends CliError {
  readonly problems: readonly ConfigProblem[];

  constructor(path: string, problems: readonly ConfigProblem[]) {
    const [first] = problems;
    const more = problems.length > 1 ? `, and ${problems.length - 1} more; see --check-config` : "";
    super("CONFIG_INVALID", `read config ${JSON.stringify(path)}: ${lineOf(first)}${more}`);
    this.problems = problems;
  }
}

export interface OpenConfig extends Config {
  /** A file that the config names. */
  fileAt(name: string): string;
}

/** @throws ConfigError */
export async function readConfig(path: string): Promise<OpenConfig> {
  const parsed = schema.safeParse(parseYaml(path, await readText(path)));
  if (!parsed.success) throw new ConfigError(path, parsed.error.issues.map(problemOf));
  return { ...parsed.data, fileAt: (name) => resolve(dirname(path), name) };
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(path, [{ key: "", message: `it cannot be read (${error.code})` }]);
  });
}

/** An empty file says nothing, which is allowed. */
function parseYaml(path: string, text: string): unknown {
  const document = parseDocument(text);
  if (document.errors.length === 0) return document.toJS() ?? {};
  const problems = document.errors.map(({ message }) => ({
    key: "",
    message: message.split("\n")[0] ?? "it is no YAML",
  }));
  throw new ConfigError(path, problems);
}

function problemOf(issue: z.core.$ZodIssue): ConfigProblem {
  const key = issue.path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
  return { key, message: issue.message };
}

export function lineOf(problem: ConfigProblem | undefined): string {
  if (problem === undefined) return "something is wrong";
  return problem.key === "" ? problem.message : `${problem.key}: ${problem.message}`;
}
