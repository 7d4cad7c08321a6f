import { compilePattern, RIGHTS, type Rule } from "@shale/accounts";
import { z } from "zod";
import { file, tried, url } from "./values.ts";

/** Who may use the server. Without this section, anybody may do anything. */
export interface AccessSection {
  /** Accounts of this server. */
  readonly htpasswd?: string | undefined;
  /** This server gives tokens for its accounts. */
  readonly tokens?: OwnTokensSection | undefined;
  /** Another server gives tokens, in place of all else. */
  readonly authority?: AuthoritySection | undefined;
  readonly groups?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly rules?: readonly Rule[] | undefined;
}

interface OwnTokensSection {
  /** Where clients reach `/token`; by default at the server's own address. */
  readonly realm?: string | undefined;
  /** A file with a private key in PEM, so that tokens outlive a restart. */
  readonly key?: string | undefined;
  readonly lifetimeSeconds?: number | undefined;
}

interface AuthoritySection {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** A key set or PEM: a file, or an address. */
  readonly keys: string;
}

const rule: z.ZodType<Rule> = z.strictObject({
  repositories: z.array(z.string().refine(...tried(compilePattern))).min(1),
  who: z.array(z.string().min(1)).min(1),
  may: z.array(z.enum(RIGHTS)).min(1),
});

const ownTokens: z.ZodType<OwnTokensSection> = z.strictObject({
  realm: url.optional(),
  key: file.optional(),
  lifetimeSeconds: z.int().min(60).max(86_400).optional(),
});

const authority: z.ZodType<AuthoritySection> = z.strictObject({
  realm: url,
  service: z.string().min(1),
  issuer: z.string().min(1),
  keys: z.union([url, file]),
});

export const accessSection: z.ZodType<AccessSection> = z
  .strictObject({
    htpasswd: file.optional(),
    tokens: ownTokens.optional(),
    authority: authority.optional(),
    groups: z.record(z.string(), z.array(z.string().min(1))).optional(),
    rules: z.array(rule).optional(),
  })
  .superRefine((section, problems) => {
    const say = (path: string, message: string): void =>
      problems.addIssue({ code: "custom", path: [path], message });
    if ((section.htpasswd === undefined) === (section.authority === undefined)) {
      say("htpasswd", "name either a file with accounts, or another server as authority");
    }
    if (section.authority === undefined) return;
    for (const name of ["tokens", "rules", "groups"] as const) {
      if (section[name] !== undefined)
        say(name, "what is allowed is in the tokens of the authority");
    }
  })
  .superRefine(({ rules = [], groups = {} }, problems) => {
    for (const [at, { who }] of rules.entries()) {
      for (const one of who.filter((name) => name.startsWith("@"))) {
        if (Object.hasOwn(groups, one.slice(1))) continue;
        const message = `no group is called ${JSON.stringify(one.slice(1))}`;
        problems.addIssue({ code: "custom", path: ["rules", at, "who"], message });
      }
    }
  });
