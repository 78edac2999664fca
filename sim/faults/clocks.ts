/**
 * Wrong clocks: off by a constant, jumping, running fast or slow, standing still. When the fault is over the clock is
 * right again, as after a step by NTP; timers follow only how fast it runs.
 */

import type { Rng } from '../../src/core/rng.ts'
import { anyOf, between } from './draw.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_NODE, aNumber, type Field } from './fields.ts'

interface ClockFault extends FaultStep {
  readonly node: string
}

const YEAR_MS = 365 * 86_400_000
const AN_OFFSET: Field = aNumber(-30 * YEAR_MS, 100 * YEAR_MS)

export interface SkewFault extends ClockFault {
  readonly kind: 'skew'
  /** Ahead of true time; behind when negative. */
  readonly offMs: number
}

/** Within what peers bear (60 s between two clocks). */
export const skew: FaultFamily<SkewFault> = {
  kind: 'skew',
  text: 'a clock is off by up to 20 s',
  fields: { node: A_NODE, offMs: AN_OFFSET },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    offMs: Math.round(between(rng, -20_000, 20_000)),
    forMs: Math.round(between(rng, 1_000, 20_000)),
  }),
  words: ({ node, offMs }) => `the clock of ${node} is off by ${offMs} ms`,
  where: ({ node }) => [node],
  strike: ({ node, offMs }, stage) => stage.node(node).clock.disturb({ offMs }),
}

export interface JumpFault extends ClockFault {
  readonly kind: 'clockJump'
  readonly offMs: number
}

export const clockJump: FaultFamily<JumpFault> = {
  kind: 'clockJump',
  text: 'a clock jumps further than peers believe: ahead by minutes or by ten years, or far back',
  fields: { node: A_NODE, offMs: AN_OFFSET },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    offMs: farOff(rng),
    forMs: Math.round(between(rng, 50, 8_000)),
  }),
  words: ({ node, offMs }) => `the clock of ${node} jumps by ${offMs} ms`,
  where: ({ node }) => [node],
  strike: ({ node, offMs }, stage) => stage.node(node).clock.disturb({ offMs }),
}

function farOff(rng: Rng): number {
  const way = rng()
  if (way < 0.7) return Math.round(between(rng, 61_000, 91_000))
  return way < 0.8 ? 10 * YEAR_MS : -Math.round(between(rng, 61_000, YEAR_MS))
}

export interface DriftFault extends ClockFault {
  readonly kind: 'drift'
  /** Seconds of this clock in a true second. */
  readonly rate: number
}

export const drift: FaultFamily<DriftFault> = {
  kind: 'drift',
  text: 'a clock, and all timers with it, runs up to a fifth too fast or too slow',
  fields: { node: A_NODE, rate: aNumber(0.01, 100) },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    rate: Math.round(between(rng, 0.8, 1.2) * 1_000) / 1_000,
    forMs: Math.round(between(rng, 2_000, 30_000)),
  }),
  words: ({ node, rate }) => `the clock of ${node} runs at ${rate} times its speed`,
  where: ({ node }) => [node],
  strike: ({ node, rate }, stage) => stage.node(node).clock.disturb({ rate }),
}

export interface FrozenClockFault extends ClockFault {
  readonly kind: 'frozenClock'
}

export const frozenClock: FaultFamily<FrozenClockFault> = {
  kind: 'frozenClock',
  text: 'a wall clock stands still while timers go on',
  fields: { node: A_NODE },
  draw: (rng, { names }) => ({ node: anyOf(rng, names), forMs: Math.round(between(rng, 500, 20_000)) }),
  words: ({ node }) => `the clock of ${node} stands still`,
  where: ({ node }) => [node],
  strike: ({ node }, stage) => stage.node(node).clock.disturb({ isFrozen: true }),
}
