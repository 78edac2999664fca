/**
 * The process that looks at folders of killed writers, one after the other: opens each twice, with a write between. The
 * second start must show what the first one did.
 */

import { readdirSync } from 'node:fs'
import { foundIn, openCrashNode, type Plan } from './crash-node.ts'

/** What one folder showed. */
export interface Look {
  readonly state: readonly (readonly [string, string])[]
  readonly versions: readonly (readonly [string, string])[]
  /** Whether a second start showed the same, and the write between. */
  readonly isSame: boolean
  /** Names in the folder when it was closed. */
  readonly names: readonly string[]
}

export type Looked = { readonly look: Look; readonly error?: never } | { readonly look?: never; readonly error: string }

const PROBE = 'probe'

async function lookAt(plan: Plan): Promise<Look> {
  const first = await openCrashNode(plan)
  const { state, versions } = await foundIn(first)
  await first.put(PROBE, 'written')
  await first.close()
  const second = await openCrashNode(plan)
  const again = await foundIn(second)
  await second.delete(PROBE)
  await second.close()
  const isSame =
    again.state.get(PROBE) === 'written' &&
    again.state.size === state.size + 1 &&
    [...state].every(([key, text]) => again.state.get(key) === text) &&
    [...versions].every(([key, version]) => again.versions.get(key) === version)
  return { state: [...state], versions: [...versions], isSame, names: readdirSync(plan.folder) }
}

process.on('disconnect', () => process.exit())
process.on('message', (plan: Plan) => {
  lookAt(plan).then(
    (look) => process.send?.({ look } satisfies Looked),
    (error: unknown) => {
      const text = error instanceof Error ? `${error.message}` : String(error)
      process.send?.({ error: text } satisfies Looked)
    },
  )
})
