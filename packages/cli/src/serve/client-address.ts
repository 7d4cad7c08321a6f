import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** Where a request comes from. */
export type ClientAddress = (request: IncomingMessage) => string;

/** Networks as `10.0.0.0/8`, `fd00::/8`, or single addresses. @throws Error for what is none */
export function parseNetworks(texts: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const text of texts) {
    const [address = "", bits] = text.split("/");
    const version = isIP(address);
    if (version === 0) throw new Error(`${JSON.stringify(text)} is no network`);
    const family = version === 4 ? "ipv4" : "ipv6";
    if (bits === undefined) networks.addAddress(address, family);
    else networks.addSubnet(address, Number(bits), family);
  }
  return networks;
}

/**
 * The address that a connection comes from, or, where that is a proxy of ours, whom that one says it speaks for: the last one in
 * `X-Forwarded-For` that is no proxy of ours. What anybody else says there is not believed.
 */
export function clientAddress(proxies: BlockList): ClientAddress {
  const isOurs = (address: string): boolean =>
    proxies.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  return ({ socket, headers }) => {
    const nearest = plain(socket.remoteAddress ?? "");
    if (!isOurs(nearest)) return nearest;
    const said = [headers["x-forwarded-for"] ?? ""].flat().join(",");
    let client = nearest;
    for (const hop of said.split(",").reverse()) {
      const address = plain(hop.trim());
      // What is no address was written by nobody of ours.
      if (isIP(address) === 0) return client;
      client = address;
      if (!isOurs(address)) return client;
    }
    return client;
  };
}

/** An IPv4 address, also where a socket for both has it: RFC 4291, section 2.5.5.2. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address;
}
