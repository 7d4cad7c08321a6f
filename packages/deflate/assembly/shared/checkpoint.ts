/** Where a state is saved, whether it is asked for, and where in the stream it belongs. */

import { wholeBytes } from "./output";

/** Codes, and three bits for each of 32,768 positions, which hardly ever take more than that. */
const AREA_BYTES: i32 = 24 * 1024;
const AREA: usize = memory.data(AREA_BYTES, 8);

let asked: bool = false;
let bytes: i32 = 0;
let input: f64 = 0;
let output: f64 = 0;

export function startCheckpoints(): void {
  asked = false;
  bytes = 0;
}

export function askCheckpoint(): void {
  asked = true;
  bytes = 0;
}

export function isAsked(): bool {
  return asked;
}

/** The state that goes on after so many bytes of input has been written up to `end`. */
export function endCheckpoint(end: usize, newInput: f64): void {
  asked = false;
  bytes = (end - AREA) as i32;
  input = newInput;
  output = wholeBytes();
}

export function checkpointOffset(): usize {
  return AREA;
}

export function checkpointBytes(): i32 {
  return bytes;
}

export function checkpointInput(): f64 {
  return input;
}

export function checkpointOutput(): f64 {
  return output;
}
