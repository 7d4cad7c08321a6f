import { type Digest, isDigest } from "@shale/content";
import { ImageError } from "./errors.ts";

/**
 * An image's name in full. At most one of several tags and digests decides: the digest, when there
 * is one.
 */
export interface Reference {
  /** A registry's host and port. */
  readonly domain: string;
  /** The repository within the registry. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const DEFAULT_DOMAIN = "docker.io";
const LEGACY_DOMAIN = "index.docker.io";
const OFFICIAL = "library/";
const DEFAULT_TAG = "latest";
const PATH_CHARACTERS = 255;

// The grammar of distribution/reference, which docker, containerd and podman share.
const LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const IPV6 = "\\[[a-fA-F0-9:]+\\]";
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|${IPV6})(?::[0-9]+)?$`);
const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const REMAINDER = /^([^:@]*)(?::([^:@]*))?(?:@(.*))?$/s;
const IDENTIFIER = /^[a-f0-9]{64}$/;

/** Whether `text` can stand after the colon of a name. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Whether `text` is a repository's path, lower case and without a registry. */
export function isRepositoryPath(text: string): boolean {
  return PATH.test(text) && text.length <= PATH_CHARACTERS;
}

/**
 * Reads a name as people write it, and adds what they leave out: `nginx` is
 * `docker.io/library/nginx`. The first part is a registry when it has a dot, a colon or a capital
 * letter, or is `localhost`. No tag is added; see {@link withDefaultTag}.
 * @throws ImageError `REFERENCE_INVALID`
 */
export function parseReference(text: string): Reference {
  if (IDENTIFIER.test(text)) refuse(text, "64 hexadecimal digits are an image's id");
  const { domain, remainder } = splitDomain(text);
  const [, path = "", tag, digest] = REMAINDER.exec(remainder) ?? [];
  if (!DOMAIN.test(domain)) refuse(text, `${JSON.stringify(domain)} is no registry`);
  if (path.toLowerCase() !== path) refuse(text, "the repository must be in lower case");
  if (!PATH.test(path)) refuse(text, "expected [REGISTRY/]REPOSITORY[:TAG][@DIGEST]");
  if (path.length > PATH_CHARACTERS) refuse(text, `more than ${PATH_CHARACTERS} characters`);
  if (tag !== undefined && !TAG.test(tag)) refuse(text, `${JSON.stringify(tag)} is no tag`);
  if (digest !== undefined && !isDigest(digest)) refuse(text, "its digest is none");
  const named = tag === undefined ? { domain, path } : { domain, path, tag };
  return digest === undefined ? named : { ...named, digest };
}

/** {@link parseReference}, or `undefined` where that throws. */
export function tryParseReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}

/** A name that says neither tag nor digest means `latest`. */
export function withDefaultTag(reference: Reference): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return { ...reference, tag: DEFAULT_TAG };
}

/**
 * `docker.io/library/nginx:latest`: the one way to write a name, and the name of its tag in a
 * store.
 */
export function normalForm(reference: Reference): string {
  return `${repositoryName(reference)}${suffix(reference)}`;
}

/** `docker.io/library/nginx` */
export function repositoryName({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

/** `nginx:latest`: as short as it can be and still mean the same. */
export function familiarForm(reference: Reference): string {
  return `${familiarRepository(reference)}${suffix(reference)}`;
}

/** `nginx` */
export function familiarRepository(reference: Reference): string {
  const { domain, path } = reference;
  if (domain !== DEFAULT_DOMAIN) return repositoryName(reference);
  const official = path.startsWith(OFFICIAL) ? path.slice(OFFICIAL.length) : path;
  const short = official.includes("/") ? path : official;
  // `docker.io/localhost/x` must keep its registry, or it would be read as another's; an id is no name.
  const again = splitDomain(short);
  const same = again.domain === domain && again.remainder === path && !IDENTIFIER.test(short);
  return same ? short : repositoryName(reference);
}

/** What follows the repository in a name. */
export function suffix({ tag, digest }: Reference): string {
  return `${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf("/");
  if (slash < 0) return { domain: DEFAULT_DOMAIN, remainder: `${OFFICIAL}${text}` };
  const first = text.slice(0, slash);
  const rest = text.slice(slash + 1);
  const named = first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first;
  const domain = named && first !== LEGACY_DOMAIN ? first : DEFAULT_DOMAIN;
  const remainder = named ? rest : text;
  const official = domain === DEFAULT_DOMAIN && !remainder.includes("/");
  return { domain, remainder: official ? `${OFFICIAL}${remainder}` : remainder };
}

function refuse(text: string, why: string): never {
  const shown = JSON.stringify(text.slice(0, 300));
  throw new ImageError("REFERENCE_INVALID", `read image name ${shown}: ${why}`);
}
