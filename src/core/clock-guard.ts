/**
 * Whether this machine's clock can be trusted with stamps. Each peer says in its heartbeat what its own clock shows; who
 * is further than the limit from most of the members that it hears, itself counted as right, stops stamping. Of two
 * nodes that differ neither can know, so both go on.
 */

import type { Now } from './step.ts'

/** A heartbeat takes a while, and a clock at the very limit is within it, ms. */
const SLACK_MS = 2_000
/** A peer that was not heard for this long says nothing about clocks, ms. */
const FRESH_MS = 10_000

export type ClockState = 'ok' | 'ahead' | 'behind'

interface Offset {
  /** Theirs − ours when their heartbeat came, ms; too low by the time that it took. */
  readonly ms: number
  readonly heardMs: number
}

/** What a change of its judgement means. */
export const CLOCK_WORDS = {
  ok: 'The clock is near those of most members again: writes are taken',
  ahead: 'The clock is far ahead of those of most members: writes are refused',
  behind: 'The clock is far behind those of most members: writes are refused',
} as const

export class ClockGuard {
  state: ClockState = 'ok'
  readonly #limitMs: number
  readonly #offsets = new Map<string, Offset>()

  constructor(limitMs: number) {
    this.#limitMs = limitMs + SLACK_MS
  }

  /** A heartbeat came right from `peer`. */
  heard(peer: string, wallMs: number, now: Now): void {
    this.#offsets.set(peer, { ms: wallMs - Math.floor(now.wallMs), heardMs: now.monoMs })
  }

  forgetPeer(peer: string): void {
    this.#offsets.delete(peer)
  }

  /** Peer → how far its clock is ahead, ms. */
  offsets(): Record<string, number> {
    return Object.fromEntries([...this.#offsets].map(([peer, { ms }]) => [peer, ms]))
  }

  /** The greatest distance of any peer's clock now, ms. */
  get offsetMaxMs(): number {
    let most = 0
    for (const { ms } of this.#offsets.values()) most = Math.max(most, Math.abs(ms))
    return Math.round(most)
  }

  /** How far the clock of `peer` is ahead, ms. */
  offsetOf(peer: string): number | undefined {
    return this.#offsets.get(peer)?.ms
  }

  /** Judges anew; the new state when it is another one. `stampMs`: what a stamp would show now, Unix ms. */
  judge(stampMs: number, now: Now): ClockState | undefined {
    let ahead = 0
    let behind = 0
    let heard = 1
    for (const { ms, heardMs } of this.#offsets.values()) {
      if (now.monoMs - heardMs > FRESH_MS) continue
      heard++
      if (stampMs - (now.wallMs + ms) > this.#limitMs) ahead++
      else if (ms > this.#limitMs) behind++
    }
    const state = ahead > heard / 2 ? 'ahead' : behind > heard / 2 ? 'behind' : 'ok'
    if (state === this.state) return undefined
    this.state = state
    return state
  }
}
