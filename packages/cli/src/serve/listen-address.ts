import { isIP } from "node:net";
import { CliError } from "../errors.ts";

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

const SHAPE = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/;
const ANY = "0.0.0.0";

/** `127.0.0.1:5000`, `[::1]:5000`, `registry.example:5000`; `:5000` is every address of the machine. */
export function parseListenAddress(text: string): ListenAddress {
  const match = SHAPE.exec(text);
  const [, bracketed, plain, digits] = match ?? [];
  const port = Number(digits);
  const isBad =
    match === null || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6);
  if (isBad) {
    const hint = "give HOST:PORT, as 127.0.0.1:5000 or [::1]:5000";
    throw new CliError("USAGE", `read --listen ${JSON.stringify(text)}: it is no address; ${hint}`);
  }
  return { host: bracketed ?? (plain || ANY), port };
}

/** Whether only programs on this machine can reach it. */
export function isLoopback({ host }: ListenAddress): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

/** `127.0.0.1:5000`, `[::1]:5000` */
export function addressText({ host, port }: ListenAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** How docker is told of it: `localhost` is taken without TLS, whatever its address. */
export function domainOf(address: ListenAddress): string {
  const isNamed = !isLoopback(address) && address.host !== ANY && address.host !== "::";
  return isNamed ? addressText(address) : `localhost:${address.port}`;
}
