/** Under this docker keeps what belongs to docker.io. */
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";
const DOCKER_HUB = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** The key of a registry in `auths` and `credHelpers`, and what helpers are asked for. */
export function serverKey(domain: string): string {
  return DOCKER_HUB.has(domain) ? DOCKER_HUB_KEY : domain;
}

/** The domain that a key, or what people write for a server, is about: `https://registry.example/v1/` is an older form. */
export function domainOfServer(key: string): string {
  const host = key.replace(/^https?:\/\//, "").split("/")[0]!;
  return DOCKER_HUB.has(host) ? "docker.io" : host;
}
