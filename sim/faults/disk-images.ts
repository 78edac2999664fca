/**
 * Nodes that come back under their name with another disk: an older image of it, none at all, or two copies in turn. The
 * node is killed for each change of disk, and taking the fault back starts it again.
 */

import { anyOf, between } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_NODE, A_TIME, ONLY_AWAY } from './fields.ts'

export interface OldImageFault extends FaultStep {
  readonly kind: 'oldImage'
  readonly node: string
  /** The image is taken when the fault is made, and put back after so long, ms. The rest of `forMs` the node is down. */
  readonly ageMs: number
}

export const oldImage: FaultFamily<OldImageFault> = {
  kind: 'oldImage',
  text: 'a node is set back to an older image of its disk',
  off: ONLY_AWAY,
  fields: { node: A_NODE, ageMs: A_TIME },
  draw(rng, { names }) {
    const ageMs = Math.round(between(rng, 500, 10_000))
    return { node: anyOf(rng, names), ageMs, forMs: ageMs + Math.round(between(rng, 100, 4_000)) }
  },
  words: ({ node, ageMs, forMs }) => `${node} is set back by ${ageMs} ms, and starts after ${forMs - ageMs} ms`,
  where: ({ node }) => [node],
  strike({ node: name, ageMs }, stage) {
    const node = stage.node(name)
    const image = node.image()
    let isDue = true
    let isDown = false
    stage.world.schedule(ageMs, () => {
      if (!isDue) return
      isDown = node.host !== undefined
      node.exchangeDisk(image)
    })
    return () => {
      isDue = false
      if (isDown && node.host === undefined) node.start()
    }
  },
}

export interface EmptyDiskFault extends FaultStep {
  readonly kind: 'emptyDisk'
  readonly node: string
}

export const emptyDisk: FaultFamily<EmptyDiskFault> = {
  kind: 'emptyDisk',
  text: 'a node comes back under its name with an empty disk',
  off: ONLY_AWAY,
  strikesMax: 1,
  fields: { node: A_NODE },
  draw: (rng, { names }) => ({ node: anyOf(rng, names), forMs: Math.round(between(rng, 100, 8_000)) }),
  words: ({ node, forMs }) => `${node} loses its disk, and starts with an empty one after ${forMs} ms`,
  where: ({ node }) => [node],
  strike({ node: name }, stage) {
    const node = stage.node(name)
    const isDown = node.host !== undefined
    node.exchangeDisk()
    return () => {
      if (isDown && node.host === undefined) node.start()
    }
  },
}

export interface ClonedDiskFault extends FaultStep {
  readonly kind: 'clonedDisk'
  readonly node: string
  /** After the copy is made: how long the node goes on with the original, ms. */
  readonly originalMs: number
  /** Then how long with the copy, before it goes back to the original, ms. */
  readonly copyMs: number
}

export const clonedDisk: FaultFamily<ClonedDiskFault> = {
  kind: 'clonedDisk',
  text: 'a disk is cloned, and its node runs on the original, then on the clone, then on the original again',
  off: ONLY_AWAY,
  fields: { node: A_NODE, originalMs: A_TIME, copyMs: A_TIME },
  draw(rng, { names }) {
    const originalMs = Math.round(between(rng, 500, 8_000))
    const copyMs = Math.round(between(rng, 500, 8_000))
    const forMs = originalMs + copyMs + Math.round(between(rng, 100, 2_000))
    return { node: anyOf(rng, names), originalMs, copyMs, forMs }
  },
  words: ({ node, originalMs, copyMs }) =>
    `the disk of ${node} is cloned; it runs on the clone from ${originalMs} ms later for ${copyMs} ms`,
  where: ({ node }) => [node],
  strike({ node: name, originalMs, copyMs }, stage) {
    const { world } = stage
    const node = stage.node(name)
    const clone = node.image()
    let isDue = true
    let isDown = false
    world.schedule(originalMs, () => {
      if (!isDue) return
      const wasUp = node.host !== undefined
      const original = node.exchangeDisk(clone)
      if (wasUp) node.start()
      world.schedule(copyMs, () => {
        if (!isDue) return
        isDown = node.host !== undefined
        node.exchangeDisk(original)
      })
    })
    return () => {
      isDue = false
      if (isDown && node.host === undefined) node.start()
    }
  },
}
