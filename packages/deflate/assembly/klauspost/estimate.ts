/**
 * What a new code would cost, estimated from the entropy. It decides bytes, so each operation is
 * rounded to 32 bits, in this order, and none is fused with another.
 */

import {
  DISTANCE_SYMBOLS,
  distanceCounts,
  distanceExtraBits,
  LITERAL_SYMBOLS,
  lengthExtraBits,
  literalCounts,
} from "../shared/tokens";
import { boundsCosts } from "./model";

/** The estimate for all that was counted, extra bits included, without a header. */
export function estimatedBits(symbols: i32): u32 {
  let sum: f32 = 0;
  let extra: u32 = 0;
  let matches: u32 = 0;
  let inverse: f32 = (1 as f32) / (symbols as f32);
  for (let literal = 0; literal < 256; literal++) {
    sum = plusCost(sum, load<u32>(literalCounts + (literal << 2)), inverse, boundsCosts);
  }
  // End-of-block, as the rarest symbol.
  sum += 15 as f32;
  for (let symbol = 257; symbol < LITERAL_SYMBOLS; symbol++) {
    const count = load<u32>(literalCounts + (symbol << 2));
    sum = plusCost(sum, count, inverse, boundsCosts);
    extra += count * lengthExtraBits(symbol - 257);
    matches += count;
  }
  if (matches == 0) return (sum as i32 as u32) + extra;
  inverse = (1 as f32) / (matches as f32);
  for (let code = 0; code < DISTANCE_SYMBOLS; code++) {
    const count = load<u32>(distanceCounts + (code << 2));
    sum = plusCost(sum, count, inverse, boundsCosts);
    extra += count * distanceExtraBits(code);
  }
  return (sum as i32 as u32) + extra;
}

/** The same for the bytes that were counted, of which there are `total` with those counted as filled. */
export function estimatedByteBits(total: i32): u32 {
  let sum: f32 = 0;
  const inverse: f32 = (1 as f32) / (total as f32);
  for (let byte = 0; byte < 256; byte++) {
    sum = plusCost(sum, load<u32>(literalCounts + (byte << 2)), inverse, true);
  }
  return (sum + (0.99 as f32)) as u32;
}

function plusCost(sum: f32, count: u32, inverse: f32, bounded: bool): f32 {
  if (count == 0) return sum;
  const occurrences: f32 = count as f32;
  let bits: f32 = -log2(occurrences * inverse);
  if (!bounded) return sum + bits * occurrences;
  if (bits < (1 as f32)) bits = 1 as f32;
  else if (bits > (15 as f32)) bits = 15 as f32;
  return sum + bits * occurrences;
}

/** A parabola through the mantissa: good to about a hundredth. */
function log2(value: f32): f32 {
  const bits = reinterpret<u32>(value);
  const exponent: f32 = ((((bits >> 23) & 255) as i32) - 128) as f32;
  const mantissa = reinterpret<f32>((bits & ~(255 << 23)) | (127 << 23));
  return (
    exponent +
    (((-0.34484843 as f32) * mantissa + (2.02466578 as f32)) * mantissa - (0.67487759 as f32))
  );
}
