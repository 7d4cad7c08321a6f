/** How many bytes are equal from two addresses on; the later one does not go beyond `limit`. */
export function commonBytes(earlier: usize, later: usize, limit: usize): i32 {
  const shift = later - earlier;
  let at = later;
  while (at + 8 <= limit) {
    const difference = load<u64>(at) ^ load<u64>(at - shift);
    if (difference != 0) return (at - later + ((ctz(difference) >> 3) as usize)) as i32;
    at += 8;
  }
  while (at < limit && load<u8>(at) == load<u8>(at - shift)) at++;
  return (at - later) as i32;
}
