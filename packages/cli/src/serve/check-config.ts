import { type Config, ConfigError, type ConfigProblem } from "./config/config.ts";
import { openAuthority } from "./open-authority.ts";
import { readSettings, type ServeOptions, type Settings } from "./settings.ts";
import { Tls } from "./tls.ts";

/** All that is wrong with a config, and with the files that it names. No server is started for it. */
export async function problemsOf(options: ServeOptions): Promise<readonly ConfigProblem[]> {
  try {
    const settings = await readSettings(options);
    const checks = [check("access", settings, openAccess), check("tls", settings, openTls)];
    return (await Promise.all(checks)).flat();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    return [{ key: "", message: (error as Error).message }];
  }
}

async function check(
  key: keyof Config,
  settings: Settings,
  open: (settings: Settings) => Promise<void>,
): Promise<ConfigProblem[]> {
  try {
    await open(settings);
    return [];
  } catch (error) {
    return [{ key, message: (error as Error).message }];
  }
}

async function openAccess({ access, fileAt }: Settings): Promise<void> {
  if (access === undefined) return;
  const silent = { onTokenRequest: () => {}, onError: () => {} };
  const here = { service: "here", url: "http://here" };
  await using _opened = await openAuthority({ section: access, fileAt, ...here, ...silent });
}

async function openTls({ tls, fileAt }: Settings): Promise<void> {
  if (tls !== undefined) {
    await Tls.open({ certificate: fileAt(tls.certificate), key: fileAt(tls.key) });
  }
}
