/** What fault families draw with. */

import type { Rng } from '../../src/core/rng.ts'

/** One of them; there must be one. */
export function anyOf<T>(rng: Rng, items: readonly T[]): T {
  const item = items[Math.floor(rng() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

export function between(rng: Rng, least: number, most: number): number {
  return least + rng() * (most - least)
}

/** All of them, in an order of chance. */
export function shuffled<T>(rng: Rng, items: readonly T[]): T[] {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(rng() * (i + 1))
    const [a, b] = [result[i] as T, result[j] as T]
    result[i] = b
    result[j] = a
  }
  return result
}

/** How often per so many ms, as the pause until the next time: a Poisson process. */
export function pauseMs(rng: Rng, meanMs: number): number {
  return -Math.log(1 - rng()) * meanMs
}
