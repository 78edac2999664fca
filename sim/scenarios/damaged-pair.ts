/**
 * Two of three logs are damaged at once, each at another place, while the third node is gone and forgotten: what both have
 * heard of it lies in pieces on two disks, and there is nobody else to ask.
 */

import type { Rng } from '../../src/core/rng.ts'
import type { Fault } from '../faults/index.ts'
import { CALM_DELAYS } from '../network.ts'
import type { Step } from '../plan.ts'
import { clientNames, nodeNames } from '../swarm.ts'
import { World } from '../world.ts'
import type { StoryFamily } from './scenario.ts'

const WRITES_MS = 6_000
/** Of all clients. */
const WRITE_EVERY_MS = 25
const LENGTH_MS = 16_000

export const damagedPair: StoryFamily = {
  name: 'damaged-pair',
  text: 'Two of three nodes find their logs damaged, each at another place, and the third is gone and forgotten. What is left they tell each other, and hold the same.',
  draw(seed) {
    const world = new World(seed)
    const names = nodeNames(3)
    const clients = clientNames(3)
    const [gone = '', ...pair] = names
    const rng = world.rng('story')
    const steps: Step[] = []
    // Each key is written once or twice: what is missing shows.
    for (let n = 0; n * WRITE_EVERY_MS < WRITES_MS; n++) {
      const client = clients[Math.floor(rng() * clients.length)] ?? ''
      const key = `k${Math.floor(n / (1 + rng()))}`
      steps.push({ kind: 'put', atMs: 500 + n * WRITE_EVERY_MS, client, key, value: `v${n}` })
    }
    steps.push(...drawFaults(rng, gone, pair))
    steps.sort((a, b) => a.atMs - b.atMs)
    const plan = { seed, nodes: 3, clients: 3, fsync: 'always', lengthMs: LENGTH_MS, delayMs: CALM_DELAYS } as const
    return { ...plan, core: { nodes: [], links: [] }, steps }
  },
}

function drawFaults(rng: Rng, gone: string, pair: readonly string[]): Fault[] {
  const goneMs = WRITES_MS + 700
  const faults: Fault[] = [{ kind: 'crash', atMs: goneMs, forMs: LENGTH_MS - goneMs, node: gone, isSilent: false }]
  for (const [i, node] of pair.entries()) {
    const place = Math.round(rng() * 1_000) / 1_000
    faults.push({ kind: 'bitRot', atMs: goneMs + 200, forMs: 0, node, place, bit: Math.floor(rng() * 8) })
    const forMs = 500 + Math.round(rng() * 1_000)
    faults.push({ kind: 'crash', atMs: goneMs + 300, forMs, node, isSilent: false })
    faults.push({ kind: 'forget', atMs: goneMs + 3_500 + i * 300, forMs: 0, node, member: gone })
  }
  return faults
}
