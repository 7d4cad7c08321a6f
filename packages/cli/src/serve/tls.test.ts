import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { putCertificate } from "../testing/certificates.ts";
import { openListener } from "./listener.ts";
import { Tls } from "./tls.ts";

let directory: string;
const section = { certificate: "cert.pem", key: "key.pem" };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-tls-"));
});

afterEach(() => rm(directory, { recursive: true }));

const fileAt = (name: string): string => join(directory, name);

const files = () => ({ certificate: fileAt(section.certificate), key: fileAt(section.key) });
const make = (name: "one" | "two"): Promise<void> => putCertificate(name, files());

async function handshake(port: number, more: object = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...more });
  await once(socket, "secureConnect");
  return socket;
}

const nameOf = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);

test("a changed pair is taken for new connections, and open ones stay", async () => {
  await make("one");
  const tls = await Tls.open(files());
  expect(tls.options.cert).toMatch(/BEGIN CERTIFICATE/);
  await using listener = await openListener(
    { host: "127.0.0.1", port: 0 },
    { tls: section, fileAt, onError: () => {}, lookMs: 20 },
  );
  listener.answer((_request, response) => response.end("hello"));
  const { port } = listener.address;
  const before = await handshake(port);
  expect(nameOf(before)).toBe("one");
  await make("two");
  let after = await handshake(port);
  while (nameOf(after) !== "two") {
    after.destroy();
    after = await handshake(port);
  }
  before.write("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  let said = "";
  for await (const piece of before) said += String(piece);
  expect(said).toMatch(/hello$/);
  after.destroy();
});

test("a pair that does not fit leaves the one before, and is told of once", async () => {
  await make("one");
  const errors: unknown[] = [];
  await using listener = await openListener(
    { host: "127.0.0.1", port: 0 },
    { tls: section, fileAt, onError: (error) => errors.push(error), lookMs: 20 },
  );
  await putCertificate("two", { certificate: fileAt(section.certificate) });
  while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(errors).toMatchObject([{ code: "TLS_INVALID" }]);
  const socket = await handshake(listener.address.port);
  expect(nameOf(socket)).toBe("one");
  socket.destroy();
  await writeFile(fileAt("cert.pem"), "");
  while (errors.length === 1) await new Promise((resolve) => setTimeout(resolve, 20));
});

test("old versions of TLS are not spoken", async () => {
  await make("one");
  await using listener = await openListener(
    { host: "127.0.0.1", port: 0 },
    { tls: section, fileAt, onError: () => {} },
  );
  const { port } = listener.address;
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
  await expect(handshake(port, old)).rejects.toThrow();
  const socket = await handshake(port, { maxVersion: "TLSv1.2" });
  expect(socket.getProtocol()).toBe("TLSv1.2");
  socket.destroy();
});

test.each([
  ["nothing there", async () => {}, /cert.pem": it cannot be read \(ENOENT\)/],
  [
    "a key of another one",
    async () => {
      await make("one");
      await putCertificate("two", { key: fileAt(section.key) });
    },
    /it does not do with the key/,
  ],
])("%s is an error of one line", async (_name, prepare, message) => {
  await prepare();
  await expect(Tls.open(files())).rejects.toMatchObject({
    code: "TLS_INVALID",
    message: expect.stringMatching(message),
  });
});
