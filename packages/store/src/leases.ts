import { randomBytes } from "node:crypto";
import {
  ContentError,
  type Digest,
  digestFromKey,
  digestKey,
  type Lease,
  type Leaser,
} from "@shale/content";
import type { IndexDb } from "./index/index-db.ts";
import { getBlob } from "./index/rows.ts";
import type { Session } from "./session.ts";

/** Who holds a lease or a lock; gone when the session is. */
export interface LeaseRow {
  readonly session: string;
}

const LEASE_ID_BYTES = 16;

export class Leases implements Leaser {
  readonly #db: IndexDb;
  readonly #session: Session;

  constructor(db: IndexDb, session: Session) {
    this.#db = db;
    this.#session = session;
  }

  async lease(): Promise<Lease> {
    const key = randomBytes(LEASE_ID_BYTES);
    await this.#session.retry(() =>
      this.#session.transact((session) => this.#db.leases.put(key, { session } satisfies LeaseRow)),
    );
    const id = key.toString("hex");
    return {
      id,
      protect: (digest) =>
        this.#db.transact(() => {
          if (getBlob(this.#db, digest) === undefined) return false;
          protect(this.#db, id, digest);
          return true;
        }),
      [Symbol.asyncDispose]: () => this.#db.transact(() => releaseLease(this.#db, key)),
    };
  }
}

/** For transactions. @throws ContentError `LEASE_LOST` */
export function protect(db: IndexDb, leaseId: string, digest: Digest): void {
  const key = Buffer.from(leaseId, "hex");
  if (!db.leases.has(key)) {
    const message = `protect ${digest}: the lease is gone; it was released, or not renewed in time`;
    throw new ContentError("LEASE_LOST", message);
  }
  db.protected.put(Buffer.concat([key, digestKey(digest)]), true);
}

/** For transactions. */
export function releaseLease(db: IndexDb, key: Uint8Array): void {
  db.leases.remove(key);
  const start = Buffer.from(key);
  for (const entry of db.protected.scan({ start })) {
    if (!entry.key.subarray(0, start.length).equals(start)) return;
    db.protected.remove(entry.key);
  }
}

/** The blobs that leases keep. */
export function* protectedBlobs(db: IndexDb): Generator<Digest> {
  for (const { key } of db.protected.scan()) yield digestFromKey(key.subarray(LEASE_ID_BYTES));
}
