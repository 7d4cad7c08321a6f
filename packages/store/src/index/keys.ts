/** Ordinals and pack numbers as keys: big-endian, so that keys sort as numbers do. FORMAT.md, "Index". */

const ORDINAL_BYTES = 6;

export function ordinalKey(ordinal: number): Buffer {
  const key = Buffer.allocUnsafe(ORDINAL_BYTES);
  key.writeUIntBE(ordinal, 0, ORDINAL_BYTES);
  return key;
}

export function ordinalOf(key: Uint8Array): number {
  const high = (key[0]! << 8) | key[1]!;
  const low = ((key[2]! << 24) | (key[3]! << 16) | (key[4]! << 8) | key[5]!) >>> 0;
  return high * 2 ** 32 + low;
}

export function packKey(pack: number): Buffer {
  const key = Buffer.allocUnsafe(4);
  key.writeUInt32BE(pack, 0);
  return key;
}

export function packOf(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, 4).readUInt32BE(0);
}
