import { isIP } from "node:net";

/** Names under which docker.io answers; the first is the one that its images are in. */
const DOCKER_HUB = "docker.io";
const DOCKER_HUB_HOST = "registry-1.docker.io";

/** The host and port that serve the images of a domain. */
export function hostOf(domain: string): string {
  return domain === DOCKER_HUB ? DOCKER_HUB_HOST : domain;
}

/** Whether a host is this machine: 127.0.0.0/8, ::1, or `localhost` and what is below it. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIP(name) === 4) return name.startsWith("127.");
  if (isIP(name) === 6) return name === "::1";
  return name === "localhost" || name.endsWith(".localhost");
}

/** `registry.example:5000` → `registry.example`; the port of an IPv6 address stands behind its brackets. */
export function hostnameOf(host: string): string {
  return new URL(`http://${host}`).hostname;
}
