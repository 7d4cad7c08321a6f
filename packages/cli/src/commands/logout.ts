import { DockerCredentials, domainOfServer } from "@shale/credentials";
import type { Context } from "../context.ts";
import { print } from "../output/print.ts";

export async function logout(
  context: Context,
  { server }: { readonly server: string | undefined },
): Promise<void> {
  const domain = domainOfServer(server ?? "docker.io");
  const place = await new DockerCredentials({ env: context.io.env }).erase(domain);
  const text =
    place === undefined
      ? `Not logged in to ${domain}\n`
      : `Removing login credentials for ${domain}\n`;
  await print(context, { json: { server: domain, removed: place !== undefined }, text });
}
