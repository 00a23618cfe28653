// Random messages of all sizes and kinds, reproducible by a seed.

/** Returns a generator of numbers from 0 to 1 (xorshift32). */
export function seeded(seed) {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Returns a function that draws messages of up to `most` bytes or characters. All orders of magnitude are equally likely. */
export function drawMessages(random, most) {
  const binary = Buffer.alloc(most)
  for (let at = 0; at < most; at += 1) binary[at] = (at * 31) % 251
  const ascii = 'one two three '.repeat(most / 14 + 1)
  const mixed = 'grüße, 你好 '.repeat(most / 10 + 1)
  return () => {
    const size = Math.floor(most ** random())
    const kind = random()
    if (kind < 0.5) return binary.subarray(0, size)
    return (kind < 0.75 ? ascii : mixed).slice(0, size)
  }
}

export const isSame = (one, other) =>
  typeof one === 'string' ? one === other : typeof other !== 'string' && one.equals(other)
