/**
 * Which frames a fault of the network concerns: those from some places to others. Faults between nodes leave the links of
 * clients alone unless they name them; a client is `c1`, `c2`, …, and every other place counts as a node.
 */

import type { Rng } from '../../src/core/rng.ts'
import { anyOf, shuffled } from './draw.ts'

export interface Lanes {
  /** Names; empty for every node. */
  readonly from: readonly string[]
  readonly to: readonly string[]
}

export function isClient(place: string): boolean {
  return /^c\d/.test(place)
}

/** For `Disturbance.between`. */
export function among(lanes: Lanes): (from: string, to: string) => boolean {
  const [senders, receivers] = [new Set(lanes.from), new Set(lanes.to)]
  return (from, to) => contains(senders, from) && contains(receivers, to)
}

function contains(places: ReadonlySet<string>, place: string): boolean {
  return places.size === 0 ? !isClient(place) : places.has(place)
}

/** Mostly everywhere, or what one node sends or gets, or some to some. */
export function drawLanes(rng: Rng, names: readonly string[]): Lanes {
  const way = rng()
  if (way < 0.5) return { from: [], to: [] }
  if (way < 0.65) return { from: [anyOf(rng, names)], to: [] }
  if (way < 0.8) return { from: [], to: [anyOf(rng, names)] }
  return { from: someOf(rng, names), to: someOf(rng, names) }
}

/** Some of them, at least one, in their order. */
export function someOf(rng: Rng, names: readonly string[]): string[] {
  const chosen = new Set(shuffled(rng, names).slice(0, 1 + Math.floor(rng() * names.length)))
  return names.filter((name) => chosen.has(name))
}

export function laneWords({ from, to }: Lanes): string {
  if (from.length === 0 && to.length === 0) return 'everywhere'
  return `from ${from.join(',') || 'all'} to ${to.join(',') || 'all'}`
}

/** The nodes that it concerns; empty for all. */
export function lanePlaces({ from, to }: Lanes): readonly string[] {
  return from.length === 0 || to.length === 0 ? [...from, ...to] : [...new Set([...from, ...to])]
}

/** How long a fault of the network lasts, ms: a blink, some seconds, or longer than peers wait. */
export function drawForMs(rng: Rng): number {
  const way = rng()
  const [leastMs, mostMs] = way < 0.3 ? [100, 1_000] : way < 0.8 ? [1_000, 10_000] : [10_000, 30_000]
  return Math.round(leastMs + rng() * (mostMs - leastMs))
}

/** Mild, middling or harsh, in this order of how often: each is [least, most], and within them any value is as likely. */
export function drawDegree(rng: Rng, mild: Span, middling: Span, harsh: Span): number {
  const way = rng()
  const [least, most] = way < 0.4 ? mild : way < 0.8 ? middling : harsh
  return least + rng() * (most - least)
}

export type Span = readonly [least: number, most: number]
