/**
 * Arithmetic modulo the prime p = 2³¹ − 1, in which the sketch of a store is kept. An element is an integer in
 * 0…p − 1; every function takes elements and returns one, and never leaves the range where doubles are exact. That
 * the elements given are in range is the caller's to see to: what comes from a peer is checked where it is read.
 */

export const P = 0x7fffffff

const TWO_31 = 0x80000000

export function add(x: number, y: number): number {
  // Taking P away first keeps both steps within 32 bits.
  const sum = (x - P + y) | 0
  return sum + ((sum >> 31) & P)
}

export function subtract(x: number, y: number): number {
  const rest = (x - y) | 0
  return rest + ((rest >> 31) & P)
}

/** Splits one factor into 16 and 15 bits, so that nothing passes 2⁴⁹; 2³¹ is 1 here, so high bits add up below. */
export function multiply(x: number, y: number): number {
  const upper = (x >>> 16) * y
  const carry = Math.floor(upper / TWO_31)
  const product = (upper - carry * TWO_31 + carry) * 65536 + (x & 0xffff) * y
  const high = Math.floor(product / TWO_31)
  const folded = product - high * TWO_31 + high
  return (folded >= P ? folded - P : folded) | 0
}

/** The y with x · y = 1, by Euclid's algorithm; 0 for 0, which has none. */
export function invert(x: number): number {
  if (x === 0) return 0
  let rest = P
  let divisor = x
  let before = 0
  let factor = 1
  while (divisor !== 1) {
    const quotient = Math.floor(rest / divisor)
    const nextDivisor = rest - quotient * divisor
    rest = divisor
    divisor = nextDivisor
    const nextFactor = before - quotient * factor
    before = factor
    factor = nextFactor
  }
  return factor < 0 ? factor + P : factor
}

/** A 32-bit hash as an element that is not 0. */
export function elementOf(hash: number): number {
  const bits = hash >>> 1
  if (bits === 0) return 1
  return bits === P ? P - 1 : bits
}
