/**
 * What part of a token each position was. Encoders that do not insert every position find only some
 * roles again.
 */

const WINDOW: i32 = 32768;
const ROLES: usize = memory.data(WINDOW, 8);

const UNKNOWN: u8 = 0;
const LITERAL: u8 = 1;
const FIRST: u8 = 2;
const SECOND: u8 = 3;
const INNER: u8 = 4;
const LAST_BUT_ONE: u8 = 5;
const LAST: u8 = 6;
const THIRD: u8 = 7;

export function startRoles(): void {
  memory.fill(ROLES, UNKNOWN, WINDOW);
}

export function roleOf(position: i32): u32 {
  return load<u8>(ROLES + (position & (WINDOW - 1)));
}

export function noteLiteral(position: i32): void {
  set(position, LITERAL);
}

export function noteStored(position: i32): void {
  set(position, UNKNOWN);
}

export function noteMatch(position: i32, length: i32): void {
  for (let at = 3; at < length; at++) set(position + at, INNER);
  set(position + length - 2, LAST_BUT_ONE);
  set(position + length - 1, LAST);
  set(position, FIRST);
  set(position + 1, SECOND);
  if (length > 3) set(position + 2, THIRD);
}

function set(position: i32, role: u8): void {
  store<u8>(ROLES + (position & (WINDOW - 1)), role);
}
