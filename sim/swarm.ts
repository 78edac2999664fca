/**
 * A seed draws a plan. Swarm testing (Groce et al., "Swarm Testing", ISSTA 2012): first each fault family is switched on
 * or off, then the rates of those that are on are drawn, so that seeds differ in kind and not only in order. A run in which
 * everything fails at once shows little; one with two faults often and nothing else shows what hides between them.
 */

import type { Rng } from '../src/core/rng.ts'
import type { FsyncMode } from '../src/storage/fsync-mode.ts'
import { anyOf, between, pauseMs, shuffled } from './faults/draw.ts'
import type { Cast } from './faults/fault.ts'
import { type Fault, familyOf, SWARM_KINDS } from './faults/index.ts'
import { CALM_DELAYS } from './network.ts'
import type { Core, DelayShape, Plan } from './plan.ts'
import { byTime, drawWorkload } from './workload.ts'
import { World } from './world.ts'

export interface SwarmOptions {
  readonly seed: number
  /** 1 to 50. */
  readonly nodes: number
  /** Simulated seconds with faults and clients. */
  readonly seconds: number
  /** Client operations a simulated second. */
  readonly opsPerSecond: number
  /** Kinds of faults that the seed may switch on; empty for a calm run. */
  readonly faults: readonly string[]
}

/** What `hearsay sim run` draws from when it is told nothing else. */
export const SWARM_DEFAULTS: Omit<SwarmOptions, 'seed'> = {
  nodes: 5,
  seconds: 60,
  opsPerSecond: 50,
  faults: SWARM_KINDS,
}

/** Seeds without any fault: what must not happen when nothing fails shows there. */
const CALM_SHARE = 0.04
/** Faults a minute, over all families, of a mild and of a harsh seed. */
const STRIKES_A_MINUTE = [6, 50] as const
/** Share of seeds in which a part of the cluster must agree before the rest is made whole. */
const CORE_SHARE = 0.3
/** Share of seeds whose nodes stand in several regions. */
const REGIONS_SHARE = 0.25
/** Share of seeds in which operators give orders beside the faults. */
const ORDERS_SHARE = 0.3
/**
 * At the end of a run either clients fall silent so long before faults end, and then no later push shows what was lost,
 * and digests must; or faults end so long before clients do.
 */
const TAIL_MS = 2_000
/** A machine's clock may be off by so much for the whole run. */
const CLOCK_OFF_MS_MAX = 3_000
const FSYNC_MODES: readonly FsyncMode[] = ['always', 'always', 'interval', 'never']

export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`)
}

export function clientNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `c${i + 1}`)
}

export function drawPlan(options: SwarmOptions): Plan {
  const { seed, nodes, seconds, opsPerSecond } = options
  const world = new World(seed)
  const rng = world.rng('swarm')
  const names = nodeNames(nodes)
  const lengthMs = seconds * 1_000
  const fsync = anyOf(rng, FSYNC_MODES)
  const tailMs = Math.max(0, lengthMs - TAIL_MS)
  const core = drawCore(world.rng('core'), names)
  const hasCore = core.nodes.length > 0
  const isSilent = !hasCore && rng() < 0.5
  const faultsUntilMs = isSilent || hasCore ? lengthMs : tailMs
  const delayMs = drawDelays(rng, names)
  // Without any sync nothing is promised about a power loss.
  const isOrder = (kind: string): boolean => familyOf(kind).isOrder === true
  const kinds = options.faults.filter((kind) => !isOrder(kind) && (fsync !== 'never' || kind !== 'powerLoss'))
  const families = drawFamilies(rng, kinds)
  const faults = drawFaults(world, families, { names, fsync }, faultsUntilMs)
  faults.push(...drawOrders(world.rng('orders'), options.faults.filter(isOrder), { names, fsync }, faultsUntilMs))
  if (hasCore && options.faults.includes('partition')) faults.push(lastPartition(world.rng('last'), names, lengthMs))
  const operations = drawWorkload((concern) => world.rng(concern), {
    clients: clientNames(nodes),
    nodes: names,
    untilMs: isSilent ? tailMs : lengthMs,
    opsPerSecond,
  })
  const steps = [...operations, ...faults].sort(byTime)
  const clocksMs = drawClocks(world.rng('clocks'), names)
  return { seed, nodes, clients: nodes, fsync, lengthMs, delayMs, clocksMs, core, steps }
}

interface Rate {
  readonly kind: string
  /** Mean time between two strikes. */
  readonly everyMs: number
}

function drawFamilies(rng: Rng, kinds: readonly string[]): Rate[] {
  const isCalm = rng() < CALM_SHARE
  const share = between(rng, 0.1, 0.6)
  const on = kinds.filter(() => rng() < share)
  if (isCalm || on.length === 0) return []
  const [least, most] = STRIKES_A_MINUTE
  const strikes = between(rng, least, most)
  // Not alike: one family may strike ten times as often as another.
  const weights = on.map(() => 0.1 + rng())
  const sum = weights.reduce((a, b) => a + b, 0)
  return on.map((kind, i) => ({ kind, everyMs: (60_000 * sum) / (strikes * (weights[i] ?? 1)) }))
}

function drawFaults(world: World, rates: readonly Rate[], cast: Cast, untilMs: number): Fault[] {
  const faults: Fault[] = []
  for (const { kind, everyMs } of rates) {
    const family = familyOf(kind)
    const rng = world.rng(`fault ${kind}`)
    let left = family.strikesMax ?? Number.POSITIVE_INFINITY
    for (let at = pauseMs(rng, everyMs); at < untilMs && left > 0; at += pauseMs(rng, everyMs), left--) {
      const drawn = family.draw(rng, cast)
      const atMs = Math.floor(at)
      faults.push({ kind, atMs, ...drawn, forMs: Math.min(drawn.forMs, untilMs - atMs) } as Fault)
    }
  }
  return faults
}

/** A stream of chance of their own: what else a seed draws is the same without them. */
function drawOrders(rng: Rng, kinds: readonly string[], cast: Cast, untilMs: number): Fault[] {
  if (rng() >= ORDERS_SHARE) return []
  return kinds.flatMap((kind) => {
    const family = familyOf(kind)
    const count = 1 + Math.floor(rng() * (family.strikesMax ?? 1))
    return Array.from({ length: count }, () => {
      const atMs = Math.floor(rng() * untilMs)
      return { kind, atMs, ...family.draw(rng, cast) } as Fault
    })
  })
}

/** Clocks are never quite right. Most are within some ms, some off by seconds, for good. */
function drawClocks(rng: Rng, names: readonly string[]): number[] {
  const mostMs = anyOf(rng, [0, 50, CLOCK_OFF_MS_MAX])
  return names.map(() => Math.round(between(rng, -mostMs, mostMs)))
}

function drawDelays(rng: Rng, names: readonly string[]): DelayShape {
  if (names.length < 2 || rng() >= REGIONS_SHARE) return CALM_DELAYS
  const count = 2 + Math.floor(rng() * Math.min(2, names.length - 1))
  const regions: string[][] = Array.from({ length: count }, () => [])
  shuffled(rng, names).forEach((name, i) => {
    regions[i % count]?.push(name, name.replace('n', 'c'))
  })
  const least = Math.round(between(rng, 5, 60))
  return { near: CALM_DELAYS.near, far: [least, least + Math.round(between(rng, 2, 60))], regions }
}

/** All stand alone, and clients go on: so a core has something to agree on. */
function lastPartition(rng: Rng, names: readonly string[], lengthMs: number): Fault {
  const forMs = Math.min(lengthMs, Math.round(between(rng, 1_000, 8_000)))
  return { kind: 'partition', atMs: lengthMs - forMs, forMs, parts: names.map((name) => [name]) }
}

/** A random tree over some of the nodes, and some links more. */
function drawCore(rng: Rng, names: readonly string[]): Core {
  if (names.length < 3 || rng() >= CORE_SHARE) return { nodes: [], links: [] }
  const nodes = shuffled(rng, names).slice(0, 2 + Math.floor(rng() * (names.length - 1)))
  const links: [string, string][] = []
  nodes.forEach((name, i) => {
    if (i === 0) return
    links.push([name, anyOf(rng, nodes.slice(0, i))])
    for (const other of nodes.slice(0, i)) {
      if (rng() < 0.2 && links.at(-1)?.[1] !== other) links.push([name, other])
    }
  })
  return { nodes, links }
}
