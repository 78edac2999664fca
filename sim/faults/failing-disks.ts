/** Disks that keep what they hold and yet do not do what they are asked: slow, failing, lying and full ones. */

import { systemError } from '../disk-fault.ts'
import { anyOf, between } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_NODE, A_SHARE, A_TIME, aWhole } from './fields.ts'

export interface SlowSyncFault extends FaultStep {
  readonly kind: 'slowSync'
  readonly node: string
  /** How much longer each sync takes, ms. */
  readonly byMs: number
}

export const slowSync: FaultFamily<SlowSyncFault> = {
  kind: 'slowSync',
  text: 'a disk is slow: each sync takes up to five seconds longer',
  fields: { node: A_NODE, byMs: A_TIME },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    byMs: Math.round(rng() < 0.5 ? between(rng, 5, 200) : between(rng, 200, 5_000)),
    forMs: Math.round(between(rng, 1_000, 12_000)),
  }),
  words: ({ node, byMs, forMs }) => `a sync on ${node} takes ${byMs} ms longer, for ${forMs} ms`,
  where: ({ node }) => [node],
  strike: ({ node, byMs }, stage) => stage.node(node).disk.slowSyncs(byMs),
}

export interface FailedSyncFault extends FaultStep {
  readonly kind: 'failedSync'
  readonly node: string
  /** How many fail; later ones succeed, and sync only what was written since. */
  readonly syncs: number
}

export const failedSync: FaultFamily<FailedSyncFault> = {
  kind: 'failedSync',
  text: 'a sync fails with EIO, and what it should have made durable never will be, though the next sync succeeds',
  fields: { node: A_NODE, syncs: aWhole(0, Number.MAX_SAFE_INTEGER) },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    syncs: 1 + Math.floor(rng() * 3),
    forMs: Math.round(between(rng, 1_000, 10_000)),
  }),
  words: ({ node, syncs, forMs }) => `of the syncs on ${node} in the next ${forMs} ms the first ${syncs} fail`,
  where: ({ node }) => [node],
  strike({ node, syncs }, stage) {
    let left = syncs
    return stage.node(node).disk.onOperation((verb) => {
      if (verb !== 'sync' || left-- <= 0) return undefined
      return systemError('EIO', 'input/output error')
    })
  },
}

export interface LyingSyncFault extends FaultStep {
  readonly kind: 'lyingSync'
  readonly node: string
}

export const lyingSync: FaultFamily<LyingSyncFault> = {
  kind: 'lyingSync',
  text: 'a disk says of each sync that it is done, and what it should have made durable never will be',
  off: 'what its disk did not keep no node can have; a write that nobody else had yet is lost with the power',
  fields: { node: A_NODE },
  draw: (rng, { names }) => ({ node: anyOf(rng, names), forMs: Math.round(between(rng, 1_000, 10_000)) }),
  words: ({ node, forMs }) => `the disk of ${node} says for ${forMs} ms that it has synced, and has not`,
  where: ({ node }) => [node],
  strike: ({ node }, stage) =>
    stage.node(node).disk.onOperation((verb) => {
      return verb === 'sync' ? Object.assign(systemError('EIO', 'nobody hears of it'), { isSilent: true }) : undefined
    }),
}

export interface ShortWriteFault extends FaultStep {
  readonly kind: 'shortWrite'
  readonly node: string
  /** Of the bytes, 0 to 1. */
  readonly share: number
}

export const shortWrite: FaultFamily<ShortWriteFault> = {
  kind: 'shortWrite',
  text: 'a write fails with EIO after a part of its bytes',
  fields: { node: A_NODE, share: A_SHARE },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    share: Math.round(rng() * 1_000) / 1_000,
    forMs: Math.round(between(rng, 1_000, 10_000)),
  }),
  words: ({ node, share }) => `the next write on ${node} fails after ${share} of its bytes`,
  where: ({ node }) => [node],
  strike({ node, share }, stage) {
    const disarm = stage.node(node).disk.onOperation((verb) => {
      if (verb !== 'write') return undefined
      disarm()
      return systemError('EIO', 'input/output error', share)
    })
    return disarm
  },
}

export interface FullDiskFault extends FaultStep {
  readonly kind: 'fullDisk'
  readonly node: string
  /** Room on top of what is used when it strikes. */
  readonly leftBytes: number
}

export const fullDisk: FaultFamily<FullDiskFault> = {
  kind: 'fullDisk',
  text: 'a disk is full: a write that does not fit writes what fits and fails with ENOSPC',
  fields: { node: A_NODE, leftBytes: aWhole(0, Number.MAX_SAFE_INTEGER) },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    leftBytes: Math.floor(rng() * 8_192),
    forMs: Math.round(between(rng, 1_000, 15_000)),
  }),
  words: ({ node, leftBytes, forMs }) => `the disk of ${node} is full after ${leftBytes} bytes more, for ${forMs} ms`,
  where: ({ node }) => [node],
  strike({ node, leftBytes }, stage) {
    const { disk } = stage.node(node)
    return disk.limitRoom(disk.usedBytes + leftBytes)
  },
}
