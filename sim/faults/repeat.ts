/** What a fault does again and again while it stands. */

import type { World } from '../world.ts'

/** Calls now and then every so many ms, at least one apart, until the returned function is called. */
export function repeat(world: World, everyMs: number, call: () => void): () => void {
  let isOver = false
  const turn = (): void => {
    if (isOver) return
    world.schedule(Math.max(1, everyMs), turn)
    call()
  }
  turn()
  return () => {
    isOver = true
  }
}
