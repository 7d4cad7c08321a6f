import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { LIMITS } from "@shale/content";
import { StoreError } from "../errors.ts";
import type { IndexDb } from "./index-db.ts";

/** A process that writes to a store. Its packs, ordinals and leases are its own until it ends, or is found dead. */
export interface SessionRow {
  readonly pid: number;
  /** When the process started, by the kernel's count, so that a pid used again is not mistaken for it. */
  readonly started: string;
  /** The machine, its boot and its pid name space: where `pid` means anything. */
  readonly host: string;
  readonly expiresMs: number;
  /** Ordinals of this session from here on belong to work in flight; null when there is none. */
  readonly activeFrom: number | null;
}

const SELF = { pid: process.pid, started: startOf(process.pid), host: hostId() };

export function newSessionId(): string {
  return randomBytes(16).toString("hex");
}

export function sessionKey(id: string): Buffer {
  return Buffer.from(id, "hex");
}

export function newSessionRow(): SessionRow {
  return { ...SELF, expiresMs: Date.now() + LIMITS.leaseTtlMs, activeFrom: null };
}

export function getSession(db: IndexDb, id: string): SessionRow | undefined {
  return db.sessions.get(sessionKey(id)) as SessionRow | undefined;
}

/**
 * A session counts as dead when its lease ran out, or, where its pid can be looked up, as soon as its process is gone.
 */
export function isAlive(row: SessionRow, nowMs: number = Date.now()): boolean {
  if (row.expiresMs < nowMs) return false;
  if (row.host !== SELF.host) return true;
  return row.pid === SELF.pid ? row.started === SELF.started : startOf(row.pid) === row.started;
}

export function isSessionAlive(db: IndexDb, id: string): boolean {
  const row = getSession(db, id);
  return row !== undefined && isAlive(row);
}

export function sessionLost(): StoreError {
  const message =
    "write store: this process was away for longer than its lease lasts; begin the work again";
  return new StoreError("SESSION_LOST", message);
}

/** Field 22 of /proc/PID/stat on Linux; elsewhere only whether the process is there. Empty when it is not. */
function startOf(pid: number): string {
  try {
    if (process.platform !== "linux") return process.kill(pid, 0) ? "running" : "";
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the command's name in parentheses, which may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : (fields[19] ?? "");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "running" : "";
  }
}

function hostId(): string {
  if (process.platform !== "linux") return hostname();
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}
