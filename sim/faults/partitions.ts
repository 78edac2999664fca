/**
 * The network falls apart: into parts, in one direction, or again and again. A cut is silent, so both sides find half-open
 * links. Clients sit beside the nodes of their numbers and fall on their sides, so nobody is a bridge by accident.
 */

import type { Rng } from '../../src/core/rng.ts'
import { anyOf, between, shuffled } from './draw.ts'
import type { FaultFamily, FaultStep, Stage } from './fault.ts'
import { A_NODE, A_TIME, LANES, optional, PARTS } from './fields.ts'
import { among, drawForMs, type Lanes, lanePlaces, someOf } from './lanes.ts'

export interface Parts {
  /** Names of nodes. */
  readonly parts: readonly (readonly string[])[]
  /** A node, with its clients, that all parts reach. */
  readonly bridge?: string
}

export interface PartitionFault extends FaultStep, Parts {
  readonly kind: 'partition'
}

export const partition: FaultFamily<PartitionFault> = {
  kind: 'partition',
  text: 'the nodes fall into two or more parts that do not hear each other, sometimes with one node that reaches all',
  fields: { parts: PARTS, bridge: optional(A_NODE) },
  draw: (rng, { names }) => ({ ...drawParts(rng, names), forMs: drawForMs(rng) }),
  words: (fault) => `partition ${partWords(fault)}`,
  where: () => [],
  strike: (fault, { network }) => network.disturb({ between: apart(fault), cut: true }),
}

export interface FlappingFault extends FaultStep, Parts {
  readonly kind: 'flapping'
  /** For how long it is cut, and then whole, again and again. */
  readonly cutMs: number
  readonly wholeMs: number
}

export const flapping: FaultFamily<FlappingFault> = {
  kind: 'flapping',
  text: 'parts of the cluster are cut off and healed again, faster than anybody is suspected',
  fields: { parts: PARTS, bridge: optional(A_NODE), cutMs: A_TIME, wholeMs: A_TIME },
  draw: (rng, { names }) => ({
    ...drawParts(rng, names),
    cutMs: Math.round(between(rng, 20, 1_200)),
    wholeMs: Math.round(between(rng, 20, 1_200)),
    forMs: drawForMs(rng),
  }),
  words: (fault) => `flapping ${partWords(fault)}: ${fault.cutMs} ms cut, ${fault.wholeMs} ms whole`,
  where: () => [],
  strike: flap,
}

function flap(fault: FlappingFault, { world, network }: Stage): () => void {
  const across = apart(fault)
  let isOver = false
  let heal: (() => void) | undefined
  const cut = (): void => {
    if (isOver) return
    heal = network.disturb({ between: across, cut: true })
    world.schedule(Math.max(1, fault.cutMs), () => {
      heal?.()
      world.schedule(Math.max(1, fault.wholeMs), cut)
    })
  }
  cut()
  return () => {
    isOver = true
    heal?.()
  }
}

export interface OneWayFault extends FaultStep, Lanes {
  readonly kind: 'oneWay'
}

export const oneWay: FaultFamily<OneWayFault> = {
  kind: 'oneWay',
  text: 'some nodes do not hear some others, who still hear them',
  fields: LANES,
  draw(rng, { names }) {
    const one = anyOf(rng, names)
    const others = names.filter((name) => name !== one)
    const way = rng()
    const lanes = way < 0.35 ? { from: [one], to: others } : { from: others, to: [one] }
    return { ...(way < 0.7 ? lanes : { from: someOf(rng, names), to: someOf(rng, names) }), forMs: drawForMs(rng) }
  },
  words: ({ from, to }) => `${to.join(',') || 'nobody'} cannot hear ${from.join(',') || 'nobody'}`,
  where: lanePlaces,
  strike({ from, to }, { network }) {
    // Of a cluster of one there are no others, and nothing is cut; an empty list would mean all.
    if (from.length === 0 || to.length === 0) return () => undefined
    const isConcerned = among({ from, to })
    return network.disturb({ between: (a, b) => a !== b && isConcerned(a, b), cut: true })
  },
}

/**
 * The node beside which `place` is, in a cluster of `n1` to `n<nodes>`: the one of the same number, counted round. `c7` is
 * beside `n2` when there are five.
 */
export function sideOf(place: string, nodes: number): string {
  const number = Number(/\d+$/.exec(place)?.[0] ?? 1)
  return `n${((Math.max(1, number) - 1) % Math.max(1, nodes)) + 1}`
}

/** For `Disturbance.between`: whether two places are in different parts. Whom no part lists is beside one of the listed. */
export function apart({ parts, bridge }: Parts): (from: string, to: string) => boolean {
  const partOf = new Map(parts.flatMap((names, part) => names.map((name) => [name, part] as const)))
  const beside = (place: string): string => (partOf.has(place) ? place : sideOf(place, partOf.size))
  return (from, to) => {
    const [a, b] = [beside(from), beside(to)]
    // A part that a person left out of a plan is with the first.
    return a !== bridge && b !== bridge && (partOf.get(a) ?? 0) !== (partOf.get(b) ?? 0)
  }
}

/** Mostly two parts, and each of any size. */
function drawParts(rng: Rng, names: readonly string[]): Parts {
  const way = rng()
  const wanted = way < 0.7 ? 2 : way < 0.9 ? 3 : names.length
  const count = Math.min(wanted, names.length)
  const members: Set<string>[] = Array.from({ length: count }, () => new Set())
  for (const [i, name] of shuffled(rng, names).entries()) {
    // One for each, then by chance.
    members[i < count ? i : Math.floor(rng() * count)]?.add(name)
  }
  const parts = members.map((part) => names.filter((name) => part.has(name)))
  return rng() < 0.2 ? { parts, bridge: anyOf(rng, names) } : { parts }
}

function partWords({ parts, bridge }: Parts): string {
  const words = parts.map((names) => names.join(',')).join(' | ')
  return bridge === undefined ? words : `${words}, but ${bridge} reaches all`
}
