import { posix } from "node:path";

/** How a container of the image runs; OCI image-spec, config.md, and docker's additions. The order of fields is docker's. */
export interface RunConfig {
  User?: string;
  ExposedPorts?: Record<string, object>;
  Env?: string[];
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, object>;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  Healthcheck?: Healthcheck;
  Shell?: string[];
  OnBuild?: string[];
  [other: string]: unknown;
}

/** Times in nanoseconds, as docker has them. */
export interface Healthcheck {
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
}

const DEFAULT_SHELL = ["/bin/sh", "-c"];
export const DEFAULT_PATH: string = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function setEnv(config: RunConfig, name: string, value: string): void {
  const env = config.Env ?? [];
  const at = env.findIndex((one) => one.startsWith(`${name}=`));
  const text = `${name}=${value}`;
  config.Env = at < 0 ? [...env, text] : env.with(at, text);
}

export function envOf({ Env = [] }: RunConfig): Map<string, string> {
  return new Map(
    Env.map((text) => {
      const equals = text.indexOf("=");
      return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

/** A command that is no list is given to the shell. */
export function shellForm({ Shell }: RunConfig, text: string): string[] {
  return [...(Shell ?? DEFAULT_SHELL), text];
}

/** Relative paths are below the working directory, whatever that is. */
export function absolute({ WorkingDir }: RunConfig, path: string): string {
  return posix.normalize(posix.join("/", posix.isAbsolute(path) ? "" : (WorkingDir ?? ""), path));
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Go's durations, `1m30s`, in nanoseconds; `undefined` for what is none. */
export function durationOf(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join("") !== text) return undefined;
  return Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0));
}
