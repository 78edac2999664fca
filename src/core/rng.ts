/**
 * Chance enters the core as a function, so that a run can be replayed from a seed. `seededRng` is the generator of the
 * simulator and of tests; a real node passes one that draws on the system.
 */

/** A number in [0, 1). */
export type Rng = () => number

/**
 * sfc32 (Chris Doty-Humphrey's Small Fast Counting generator, PractRand), 128 bits of state, seeded by hashing `seed`
 * with splitmix32. One stream per concern: give each its own seed.
 */
export function seededRng(seed: number): Rng {
  let x = seed >>> 0
  const next = (): number => {
    x = (x + 0x9e3779b9) | 0
    let z = x ^ (x >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return z ^ (z >>> 15)
  }
  let a = next()
  let b = next()
  let c = next()
  let counter = 1
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) draw()
  return draw
}
