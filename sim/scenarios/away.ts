/**
 * A family of stories, one for each seed: nodes go away in one of many manners, the others go on without them, delete what
 * those still hold and let go of the tombstones; then the nodes come back with writes that they made alone. Sometimes they
 * are forgotten meanwhile, by an operator or since they were silent for too long; sometimes they forget the others, too.
 * Few keys, so that what comes back meets what was deleted. Now and then an operator has two nodes compare themselves, or a
 * clock leaps far ahead for a while, and an operator has its node go by it again when it is right.
 */

import type { Rng } from '../../src/core/rng.ts'
import type { FsyncMode } from '../../src/storage/fsync-mode.ts'
import { anyOf, between, pauseMs, shuffled } from '../faults/draw.ts'
import type { Fault } from '../faults/index.ts'
import { CALM_DELAYS } from '../network.ts'
import type { Operation, Plan, PlannedChange, Step } from '../plan.ts'
import { clientNames, nodeNames } from '../swarm.ts'
import { byTime, drawTtl, EXPIRING } from '../workload.ts'
import { World } from '../world.ts'
import type { StoryFamily } from './scenario.ts'

const KEYS = 14
/** Of all clients, ms. */
const WRITE_EVERY_MS = 120
/** Nodes forget whoever was silent for this long, in some seeds, ms. */
const FORGET_AFTER_MS = 10_500
/** Of all absences, those that are very long; and for how long clients ask as often as else when nodes are away, ms. */
const LONG_SHARE = 0.12
const BUSY_MS = 15_000
/** Before the first goes away, and after the last is back, ms. */
const BEFORE_MS = 5_000
const AFTER_MS = 6_000
/** Of all seeds, those in which operators have nodes compare themselves; and those in which a clock leaps. */
const SYNCS_SHARE = 0.5
const LEAPS_SHARE = 0.2
/** Those in which logs are damaged. */
const DAMAGE_SHARE = 0.25
const DAY_MS = 86_400_000
const FSYNC_MODES: readonly FsyncMode[] = ['always', 'always', 'always', 'interval', 'never']

/** How one goes away. `cut`: it goes on alone. All but it are down for most of the time, and stay cut off till the end. */
type Manner = 'cut' | 'crash' | 'powerLoss' | 'pause' | 'emptyDisk' | 'oldImage' | 'clonedDisk'

const MANNERS: readonly Manner[] = [
  'cut',
  'cut',
  'cut',
  'crash',
  'crash',
  'powerLoss',
  'pause',
  'emptyDisk',
  'oldImage',
  'oldImage',
  'clonedDisk',
]

/** Somebody is away from `fromMs` to `toMs`. */
interface Absence {
  readonly fromMs: number
  readonly toMs: number
  readonly away: readonly string[]
  readonly there: readonly string[]
}

export const away: StoryFamily = {
  name: 'away',
  text: 'Nodes go away, the others delete what they hold and forget the deletes or even the nodes, and then they are back with writes of their own. Each seed is another story: who, how long, with which disk, forgotten by whom.',
  draw,
}

function draw(seed: number): Plan {
  const world = new World(seed)
  const rng = world.rng('away')
  const nodes = 3 + Math.floor(rng() * 3)
  const names = nodeNames(nodes)
  const drawnFsync = anyOf(rng, FSYNC_MODES)
  const forgetting = anyOf(rng, ['never', 'by hand', 'by hand', 'by time'] as const)
  const absences = drawAbsences(rng, names, forgetting === 'by time')
  const lengthMs = (absences.at(-1)?.toMs ?? 0) + AFTER_MS
  const faults: Fault[] = []
  for (const absence of absences) {
    faults.push(...drawFaults(rng, absence, drawnFsync))
    if (forgetting === 'by hand') faults.push(...drawForgetting(rng, absence))
  }
  faults.push(...drawJoins(rng, lengthMs))
  // A stream of chance of their own: what else a seed draws is the same without them.
  const orders = world.rng('orders')
  const ordered = [
    ...drawSyncs(orders, names, absences, lengthMs),
    ...drawLeaps(orders, names, absences, lengthMs),
    ...drawDamage(world.rng('damage'), names, lengthMs),
  ]
  const steps = [...drawOperations(world.rng('clients'), names, absences, lengthMs), ...faults, ...ordered].sort(byTime)
  return {
    seed,
    nodes,
    clients: nodes,
    fsync: drawnFsync,
    lengthMs,
    delayMs: CALM_DELAYS,
    clocksMs: names.map(() => Math.round(between(rng, -200, 200))),
    ...(forgetting === 'by time' ? { forgetAfterMs: FORGET_AFTER_MS } : {}),
    core: { nodes: [], links: [] },
    steps,
  }
}

function drawAbsences(rng: Rng, names: readonly string[], isByTime: boolean): Absence[] {
  const absences: Absence[] = []
  const rounds = 1 + Math.floor(rng() * 2.4)
  let atMs = BEFORE_MS
  for (let i = 0; i < rounds; i++) {
    const order = shuffled(rng, names)
    const count = 1 + Math.floor(rng() * Math.min(3, names.length - 1))
    // Longer than it takes to forget them, in most cases.
    const forMs = drawLength(rng, isByTime)
    const fromMs = Math.round(atMs + between(rng, 0, 2_000))
    const toMs = Math.round(fromMs + forMs)
    absences.push({ fromMs, toMs, away: order.slice(0, count), there: order.slice(count) })
    atMs = toMs + between(rng, 1_000, 7_000)
  }
  return absences
}

/** Longer than it takes to forget them by time, in most cases; sometimes very long, while little is asked. */
function drawLength(rng: Rng, isByTime: boolean): number {
  if (rng() < LONG_SHARE) return between(rng, 65_000, 90_000)
  return isByTime && rng() < 0.8 ? between(rng, 13_000, 22_000) : between(rng, 4_000, 14_000)
}

/** Those who are away are cut off, alone or together; what else becomes of each is drawn. */
function drawFaults(rng: Rng, { fromMs, toMs, away, there }: Absence, fsync: FsyncMode): Fault[] {
  const isTogether = rng() < 0.4
  const parts = isTogether ? [there, away] : [there, ...away.map((name) => [name])]
  // A cut that comes later, or ends sooner, than what becomes of the node: it comes back in the middle of it.
  const cutFromMs = Math.round(fromMs + (rng() < 0.3 ? between(rng, 0, 1_500) : 0))
  const cutToMs = Math.round(toMs - (rng() < 0.3 ? between(rng, 0, 3_000) : 0))
  const faults: Fault[] = [{ kind: 'partition', atMs: cutFromMs, forMs: Math.max(0, cutToMs - cutFromMs), parts }]
  for (const node of away) {
    const manner = anyOf(rng, MANNERS)
    const atMs = Math.round(fromMs + (rng() < 0.5 ? 0 : between(rng, 0, (toMs - fromMs) / 2)))
    // In half of the cases it starts before it is connected again, and writes alone.
    const untilMs = Math.round(rng() < 0.5 ? toMs : between(rng, atMs, toMs))
    faults.push(...drawFate(rng, manner, node, atMs, Math.max(500, untilMs - atMs), fsync))
  }
  // One of those who stay falls, too, while they let go of things.
  if (rng() < 0.35) {
    const atMs = Math.round(between(rng, fromMs, toMs))
    faults.push({
      kind: 'crash',
      atMs,
      forMs: Math.round(between(rng, 200, 4_000)),
      node: anyOf(rng, there),
      isSilent: false,
    })
  }
  return faults
}

function drawFate(rng: Rng, manner: Manner, node: string, atMs: number, forMs: number, fsync: FsyncMode): Fault[] {
  switch (manner) {
    case 'cut':
      return []
    case 'crash':
      return [{ kind: 'crash', atMs, forMs, node, isSilent: rng() < 0.5 }]
    case 'powerLoss':
      // Just behind a write, so that its tail is lost; without any sync that is nothing to speak of.
      if (fsync === 'never') return [{ kind: 'crash', atMs, forMs, node, isSilent: true }]
      return [
        { kind: 'powerLoss', atMs, forMs, node, atWrite: 1 + Math.floor(rng() * 4), afterMs: Math.floor(rng() * 4) },
      ]
    case 'pause':
      return [{ kind: 'pause', atMs, forMs, node }]
    case 'emptyDisk':
      return [{ kind: 'emptyDisk', atMs, forMs, node }]
    case 'oldImage':
      return [
        {
          kind: 'oldImage',
          atMs: Math.max(0, atMs - 3_000),
          forMs: forMs + 3_000,
          node,
          ageMs: Math.round(between(rng, 500, 3_000 + forMs / 2)),
        },
      ]
    case 'clonedDisk':
      return [
        { kind: 'clonedDisk', atMs, forMs, node, originalMs: Math.round(forMs / 3), copyMs: Math.round(forMs / 3) },
      ]
  }
}

/** Those who stay forget those who are away, in most cases, and these the others, in some. */
function drawForgetting(rng: Rng, { fromMs, toMs, away, there }: Absence): Fault[] {
  const faults: Fault[] = []
  const forget = (node: string, member: string): void => {
    faults.push({ kind: 'forget', atMs: Math.round(between(rng, fromMs, toMs)), forMs: 0, node, member })
  }
  for (const member of away) {
    if (rng() < 0.8) forget(anyOf(rng, there), member)
    if (rng() < 0.3) for (const other of there) forget(member, other)
  }
  return faults
}

function drawJoins(rng: Rng, lengthMs: number): Fault[] {
  const joins: Fault[] = []
  for (let i = 1; i <= 2; i++) {
    if (rng() >= 0.3) continue
    const atMs = Math.round(between(rng, BEFORE_MS, lengthMs))
    const killed = rng() < 0.4 ? Math.round(between(rng, 0, 1_500)) : undefined
    const forMs = killed === undefined ? 0 : killed + 1_000
    const name = `j${i}`
    joins.push({ kind: 'join', atMs, forMs, name, ...(killed === undefined ? {} : { killedAfterMs: killed }) })
  }
  return joins
}

/** An operator does not trust what came back, or what stayed; or just tries it. */
function drawSyncs(rng: Rng, names: readonly string[], absences: readonly Absence[], lengthMs: number): Fault[] {
  if (rng() >= SYNCS_SHARE) return []
  return Array.from({ length: 1 + Math.floor(rng() * 4) }, (): Fault => {
    const { toMs, away, there } = anyOf(rng, absences)
    const isReturn = rng() < 0.6
    const two = isReturn ? [anyOf(rng, away), anyOf(rng, there)] : names
    const [node = '', peer = node] = shuffled(rng, two)
    const atMs = isReturn ? toMs + between(rng, 0, 3_000) : between(rng, BEFORE_MS, lengthMs)
    return { kind: 'sync', atMs: Math.min(lengthMs, Math.round(atMs)), forMs: 0, node, peer }
  })
}

/** A clock is hours or days ahead for a while. Then its node is told to go by it again: at once, later, twice, or not at all. */
function drawLeaps(rng: Rng, names: readonly string[], absences: readonly Absence[], lengthMs: number): Step[] {
  if (rng() >= LEAPS_SHARE) return []
  const steps: Step[] = []
  const { fromMs, toMs, away } = anyOf(rng, absences)
  // Whoever is alone with it writes on; whoever hears others soon takes no more writes.
  const isAway = rng() < 0.5
  const node = anyOf(rng, isAway ? away : names)
  const atMs = Math.round(
    isAway ? between(rng, fromMs - 1_000, toMs) : between(rng, BEFORE_MS / 2, lengthMs - AFTER_MS),
  )
  const offMs = Math.round(rng() < 0.2 ? 10 * 365 * DAY_MS : between(rng, DAY_MS / 24, 5 * DAY_MS))
  const drawnMs = Math.round(rng() < 0.5 ? between(rng, 100, 2_000) : between(rng, 2_000, 10_000))
  // An operator sets back what it stamps when its clock is right again.
  const forMs = Math.max(50, Math.min(drawnMs, lengthMs - 100 - atMs))
  steps.push({ kind: 'clockJump', atMs, forMs, node, offMs })
  const reset = (at: number): void => {
    steps.push({ kind: 'resetClock', atMs: Math.min(lengthMs, Math.round(at)), forMs: 0, node })
  }
  if (rng() < 0.8) reset(atMs + forMs + between(rng, 0, 4_000))
  if (rng() < 0.6) reset(between(rng, Math.min(lengthMs, atMs + forMs), lengthMs))
  // Its client is there and watches: what is taken back it is told of.
  const client = clientNames(names.length)[names.indexOf(node)] ?? ''
  steps.push({ kind: 'move', atMs: Math.max(0, atMs - 200), client, node })
  steps.push({ kind: 'watch', atMs: Math.max(0, atMs - 100), client, prefix: '' })
  return steps
}

/** Nobody notices before the node reads its log again. */
function drawDamage(rng: Rng, names: readonly string[], lengthMs: number): Fault[] {
  if (rng() >= DAMAGE_SHARE) return []
  const faults: Fault[] = []
  // Often two at once, as when the power goes in one rack: each has other holes.
  const isPair = rng() < 0.4
  const pairMs = between(rng, BEFORE_MS / 2, lengthMs - AFTER_MS)
  for (let left = isPair ? 2 : 1 + Math.floor(rng() * 3); left > 0; left--) {
    const node = isPair ? (names[left] ?? '') : anyOf(rng, names)
    const atMs = Math.round(isPair ? pairMs + between(rng, 0, 300) : between(rng, BEFORE_MS / 2, lengthMs - AFTER_MS))
    const [place, to] = [share(rng), share(rng)]
    if (rng() < 0.6) faults.push({ kind: 'bitRot', atMs, forMs: 0, node, place, bit: Math.floor(rng() * 8) })
    else if (rng() < 0.5) faults.push({ kind: 'cutFile', atMs, forMs: 0, node, place })
    else faults.push({ kind: 'misdirected', atMs, forMs: 0, node, from: place, to, bytes: 512 })
    const crashMs = Math.round(atMs + between(rng, 100, 3_000))
    faults.push({ kind: 'crash', atMs: crashMs, forMs: Math.round(between(rng, 200, 3_000)), node, isSilent: false })
  }
  // The others are gone for good, as far as these two are told.
  if (isPair && rng() < 0.7) {
    const pair = names.slice(1, 3)
    for (const member of names) {
      if (pair.includes(member)) continue
      const downMs = Math.round(pairMs - between(rng, 0, 500))
      const forMs = Math.round(between(rng, 5_000, 12_000))
      faults.push({ kind: 'crash', atMs: downMs, forMs, node: member, isSilent: false })
      for (const node of pair) {
        const atMs = Math.round(pairMs + between(rng, 3_000, 7_000))
        faults.push({ kind: 'forget', atMs, forMs: 0, node, member })
      }
    }
  }
  return faults
}

function share(rng: Rng): number {
  return Math.round(rng() * 1_000) / 1_000
}

function drawOperations(
  rng: Rng,
  names: readonly string[],
  absences: readonly Absence[],
  untilMs: number,
): Operation[] {
  const operations: Operation[] = []
  let values = 0
  clientNames(names.length).forEach((client, i) => {
    const home = names[i] ?? ''
    // Nobody stays where it fled to when its own node fell.
    for (const { fromMs, toMs } of absences) {
      operations.push({ kind: 'move', atMs: fromMs, client, node: home })
      operations.push({ kind: 'move', atMs: Math.round((fromMs + toMs) / 2), client, node: home })
    }
    if (rng() < 0.5) operations.push({ kind: 'watch', atMs: 500, client, prefix: '' })
    const meanMs = WRITE_EVERY_MS * names.length
    for (let atMs = pauseMs(rng, meanMs); atMs < untilMs; atMs += pauseMs(rng, meanMs)) {
      const at = Math.round(atMs)
      const absence = absences.find(({ fromMs, toMs }) => fromMs <= at && at < toMs)
      const isDull = absence !== undefined && at > absence.fromMs + BUSY_MS && at < absence.toMs - BUSY_MS
      if (isDull && rng() < 0.9) continue
      const key = `k${Math.floor(rng() * KEYS)}`
      if (rng() < 0.35) {
        operations.push({ kind: 'get', atMs: at, client, key })
        continue
      }
      // Those who stay delete; the others write now and then, and some of them nothing at all.
      const isAway = absence?.away.includes(home) === true
      if (isAway && rng() < 0.5) continue
      const deletes = absence === undefined ? 0.25 : isAway ? 0.2 : 0.65
      if (rng() < deletes) operations.push({ kind: 'delete', atMs: at, client, key })
      else {
        const change: PlannedChange & { value: string } = { key, value: `v${values++}` }
        const ttl = rng() < EXPIRING ? { ttlMs: drawTtl(rng) } : {}
        operations.push({ kind: 'put', atMs: at, client, ...change, ...ttl })
      }
    }
  })
  return operations
}
