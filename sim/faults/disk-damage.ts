/**
 * Durable bytes that change behind everybody's back. A place is a share of all durable bytes of the disk when the fault
 * strikes, 0 to 1, files in order of name. Nobody notices before the next start reads the log.
 * It strikes only while another node has all that this one holds: what nobody else has no cluster can get back.
 */

import type { Rng } from '../../src/core/rng.ts'
import { SECTOR_BYTES } from '../power-loss.ts'
import { anyOf } from './draw.ts'
import type { FaultFamily, FaultStep, Stage } from './fault.ts'
import { A_NODE, A_SHARE, aWhole, ONLY_AWAY } from './fields.ts'

export interface BitRotFault extends FaultStep {
  readonly kind: 'bitRot'
  readonly node: string
  readonly place: number
  /** Which bit of the byte, 0 to 7. */
  readonly bit: number
}

export const bitRot: FaultFamily<BitRotFault> = {
  kind: 'bitRot',
  text: 'a bit of what a disk holds durably flips',
  off: ONLY_AWAY,
  fields: { node: A_NODE, place: A_SHARE, bit: aWhole(0, 7) },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    place: share(rng),
    bit: Math.floor(rng() * 8),
    forMs: 0,
  }),
  words: ({ node, place, bit }) => `bit ${bit} flips at ${place} of the disk of ${node}`,
  where: ({ node }) => [node],
  strike({ node, place, bit }, stage) {
    const { disk } = stage.node(node)
    const at = disk.placeAt(place)
    if (at !== undefined && isCopied(node, stage)) disk.rot(at, 1 << bit)
    return () => undefined
  },
}

const MISDIRECTED_BYTES_MAX = 1 << 20

export interface MisdirectedFault extends FaultStep {
  readonly kind: 'misdirected'
  readonly node: string
  /** Places: bytes from the first turn up at the second as well. */
  readonly from: number
  readonly to: number
  readonly bytes: number
}

export const misdirected: FaultFamily<MisdirectedFault> = {
  kind: 'misdirected',
  text: 'a write goes astray: some bytes that a disk holds turn up in another place as well, over what was there',
  off: ONLY_AWAY,
  fields: { node: A_NODE, from: A_SHARE, to: A_SHARE, bytes: aWhole(1, MISDIRECTED_BYTES_MAX) },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    from: share(rng),
    to: share(rng),
    bytes: SECTOR_BYTES * (1 + Math.floor(rng() * 4)),
    forMs: 0,
  }),
  words: ({ node, from, to, bytes }) => `${bytes} bytes at ${from} of the disk of ${node} overwrite those at ${to}`,
  where: ({ node }) => [node],
  strike({ node, from, to, bytes }, stage) {
    const { disk } = stage.node(node)
    const [here, there] = [disk.placeAt(from), disk.placeAt(to)]
    if (here !== undefined && there !== undefined && isCopied(node, stage)) disk.misdirect(here, there, bytes)
    return () => undefined
  },
}

export interface CutFileFault extends FaultStep {
  readonly kind: 'cutFile'
  readonly node: string
  readonly place: number
}

export const cutFile: FaultFamily<CutFileFault> = {
  kind: 'cutFile',
  text: 'a file that is in use is cut short by somebody else',
  off: ONLY_AWAY,
  fields: { node: A_NODE, place: A_SHARE },
  draw: (rng, { names }) => ({ node: anyOf(rng, names), place: share(rng), forMs: 0 }),
  words: ({ node, place }) => `on ${node} the file at ${place} of its disk is cut there`,
  where: ({ node }) => [node],
  strike({ node, place }, stage) {
    const { disk } = stage.node(node)
    const at = disk.placeAt(place)
    if (at !== undefined && isCopied(node, stage)) disk.cut(at.name, at.position)
    return () => undefined
  },
}

/** Whether one other node that serves has seen all that the node holds. */
function isCopied(name: string, stage: Stage): boolean {
  const store = stage.node(name).host?.replica.store
  if (store === undefined) return false
  const mine = [...store.all()]
  return stage.nodes.some(({ name: other, isServing, host }) => {
    if (other === name || !isServing || host === undefined) return false
    const { seen } = host.replica.claims
    return mine.every((entry) => seen.covers(entry))
  })
}

function share(rng: Rng): number {
  return Math.round(rng() * 1_000) / 1_000
}
