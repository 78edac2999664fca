/**
 * Draws what clients ask: hot and cold keys, single writes, batches and bursts, deletes and new values after them, reads,
 * scans, watches that come and go, and clients that move to another node. Every value is unique in its run.
 */

import type { Rng } from '../src/core/rng.ts'
import { anyOf, between, pauseMs } from './faults/draw.ts'
import type { Operation, PlannedChange } from './plan.ts'

export interface WorkloadShape {
  readonly clients: readonly string[]
  readonly nodes: readonly string[]
  /** Until when, ms. */
  readonly untilMs: number
  /** Operations a simulated second, over all clients. */
  readonly opsPerSecond: number
}

const KEYS = 60
const BURST = 40
/** One burst in so many writes. */
const BURST_EVERY = 100
/** Share of clients that never write: a member that is silent must not hold the others back. */
const QUIET = 0.05
const BATCH_MAX = 8
const SCAN_MAX = 20
/** Share of puts whose value expires, and after how long, ms. */
export const EXPIRING = 0.12
const TTL_MS = [1_000, 20_000] as const

/** In the order of time. `rng` gives each client a stream of its own. */
export function drawWorkload(rng: (concern: string) => Rng, shape: WorkloadShape): Operation[] {
  const operations: Operation[] = []
  let values = 0
  const meanMs = (1_000 * shape.clients.length) / shape.opsPerSecond
  for (const client of shape.clients) {
    const chance = rng(`client ${client}`)
    const isQuiet = chance() < QUIET
    const nextValue = (): string => `v${values++}`
    for (let atMs = pauseMs(chance, meanMs); atMs < shape.untilMs; atMs += pauseMs(chance, meanMs)) {
      const at = Math.round(atMs * 10) / 10
      if (isQuiet || chance() < 0.45) operations.push(drawReading(chance, at, client, shape.nodes))
      else if (chance() < 1 / BURST_EVERY) {
        // Of one turn, or one behind the other, so that some come while the disk is busy.
        const spanMs = chance() < 0.5 ? BURST : 0
        for (let i = 0; i < BURST; i++)
          operations.push(drawWrite(chance, Math.round((at + chance() * spanMs) * 10) / 10, client, nextValue))
        atMs += (BURST / 2) * meanMs
      } else operations.push(drawWrite(chance, at, client, nextValue))
    }
  }
  return operations.sort(byTime)
}

/** The order of steps of a plan. */
export function byTime(a: { readonly atMs: number }, b: { readonly atMs: number }): number {
  return a.atMs - b.atMs
}

function drawReading(rng: Rng, atMs: number, client: string, nodes: readonly string[]): Operation {
  const what = rng()
  if (what < 0.85) return { kind: 'get', atMs, client, key: drawKey(rng) }
  if (what < 0.92)
    return { kind: 'scan', atMs, client, prefix: drawPrefix(rng), limit: 1 + Math.floor(rng() * SCAN_MAX) }
  if (what < 0.945) return { kind: 'watch', atMs, client, prefix: drawPrefix(rng) }
  if (what < 0.985) return { kind: 'unwatch', atMs, client }
  return { kind: 'move', atMs, client, node: anyOf(rng, nodes) }
}

function drawWrite(rng: Rng, atMs: number, client: string, nextValue: () => string): Operation {
  if (rng() < 0.1) {
    const changes = Array.from({ length: 2 + Math.floor(rng() * (BATCH_MAX - 2)) }, () => drawChange(rng, nextValue))
    return { kind: 'batch', atMs, client, changes }
  }
  const change = drawChange(rng, nextValue)
  const { key, value } = change
  return value === undefined ? { kind: 'delete', atMs, client, key } : { kind: 'put', atMs, client, ...change, value }
}

function drawChange(rng: Rng, nextValue: () => string): PlannedChange {
  const key = drawKey(rng)
  if (rng() < 0.25) return { key }
  const value = nextValue()
  return rng() < EXPIRING ? { key, value, ttlMs: drawTtl(rng) } : { key, value }
}

export function drawTtl(rng: Rng): number {
  return Math.round(between(rng, ...TTL_MS))
}

/** The square makes the first keys hot. */
function drawKey(rng: Rng): string {
  return `k${Math.floor(rng() * rng() * KEYS)}`
}

function drawPrefix(rng: Rng): string {
  const what = rng()
  if (what < 0.4) return ''
  return what < 0.7 ? 'k' : `k${1 + Math.floor(rng() * 5)}`
}
