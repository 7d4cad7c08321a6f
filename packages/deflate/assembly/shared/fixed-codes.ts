/** The codes that the format fixes. */

import { assignCodes } from "./codes";
import { DISTANCE_COUNT_BYTES, LITERAL_COUNT_BYTES } from "./tokens";

export const fixedLiteralCodes: usize = memory.data(LITERAL_COUNT_BYTES, 8);
export const fixedDistanceCodes: usize = memory.data(DISTANCE_COUNT_BYTES, 8);
const lengths: usize = memory.data(288, 8);

export function makeFixedCodes(): void {
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  assignCodes(lengths, 288, fixedLiteralCodes);
  memory.fill(lengths, 5, 32);
  assignCodes(lengths, 32, fixedDistanceCodes);
}
