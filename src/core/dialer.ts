/**
 * Whom to call, and when: seeds and the addresses of members that no link reaches, for ever, at a jittered pace that
 * slows down to `redialMaxMs`. A seed that turns out to be this node itself is called again only now and then, since a
 * name may stand for several machines. Pure: the host dials.
 */

import type { Rng } from './rng.ts'

export interface DialTimes {
  /** Pause before the second call, ms; it doubles from call to call. Each is drawn from 50 % to 100 % of it. */
  readonly redialMinMs: number
  readonly redialMaxMs: number
}

export const DIAL_DEFAULTS: DialTimes = { redialMinMs: 200, redialMaxMs: 3_000 }

/** Pauses of this many times `redialMaxMs` between calls that reach this node itself. */
const SELF_PAUSES = 10

/** Failures of a seed in a row after which somebody should know: a few seconds. */
const FAILURES_TOLD = 4

interface Target {
  readonly isSeed: boolean
  /** Who answered there last, or whose address it is. */
  name: string | undefined
  dialing: boolean
  failures: number
  dueMs: number
}

export class Dialer {
  readonly #targets = new Map<string, Target>()
  readonly #times: DialTimes
  readonly #rng: Rng
  readonly #self: string

  constructor(self: string, seeds: readonly string[], times: DialTimes, rng: Rng) {
    this.#self = self
    this.#times = times
    this.#rng = rng
    for (const address of seeds) this.#targets.set(address, newTarget(true, undefined, 0))
  }

  /** The address of a member; its former one is called no more. Empty: it cannot be dialled. */
  learn(name: string, address: string, nowMs: number): void {
    const known = this.#targets.get(address)
    for (const [former, target] of this.#targets) {
      // A call that is under way ends into nothing.
      if (target.name === name && !target.isSeed && former !== address) this.#targets.delete(former)
    }
    if (known?.name === name || known?.isSeed === true) return
    if (address === '' || name === this.#self) return
    // Both sides learn of each other at once: the greater name leaves the first call to the other.
    const waitMs = name < this.#self ? this.#times.redialMinMs * (1 + this.#rng()) : 0
    this.#targets.set(address, newTarget(false, name, nowMs + waitMs))
  }

  /** Addresses to call now. Each is then silent until `reached` or `failed` says how it went. */
  due(nowMs: number, isLinked: (name: string) => boolean): string[] {
    const addresses: string[] = []
    for (const [address, target] of this.#targets) {
      if (target.dialing || target.dueMs > nowMs) continue
      // One call to a name at a time: of two links that one side dialled neither end could tell which to keep.
      if (target.name !== undefined && (isLinked(target.name) || this.#isCalled(target.name))) continue
      target.dialing = true
      addresses.push(address)
    }
    return addresses
  }

  /** `name` answered at `address`. The call is over; whether the link is kept is another matter. */
  reached(address: string, name: string, nowMs: number): void {
    const target = this.#targets.get(address)
    if (target === undefined) return
    target.name = name
    this.#pause(target, nowMs)
  }

  reachedSelf(address: string, nowMs: number): void {
    const target = this.#targets.get(address)
    if (target === undefined) return
    target.dialing = false
    target.dueMs = nowMs + this.#times.redialMaxMs * SELF_PAUSES * (0.5 + this.#rng() / 2)
  }

  /** A link to `name` was of use for a while: when it breaks, the next call comes soon. */
  proved(name: string, nowMs: number): void {
    for (const target of this.#targets.values()) {
      if (target.name !== name || target.dialing) continue
      target.failures = 0
      target.dueMs = Math.min(target.dueMs, nowMs + this.#times.redialMinMs * (0.5 + this.#rng() / 2))
    }
  }

  /** Nobody could be reached. Whether it is time to tell somebody: a seed that has failed so often is likely mistyped. */
  failed(address: string, nowMs: number): boolean {
    const target = this.#targets.get(address)
    if (target === undefined) return false
    this.#pause(target, nowMs)
    return target.isSeed && target.failures === FAILURES_TOLD
  }

  /** The network is said to be whole again: calls all at once. */
  hurry(nowMs: number): void {
    for (const target of this.#targets.values()) {
      target.failures = 0
      target.dueMs = nowMs
    }
  }

  #pause(target: Target, nowMs: number): void {
    target.dialing = false
    const pauseMs = Math.min(this.#times.redialMinMs * 2 ** Math.min(target.failures, 16), this.#times.redialMaxMs)
    target.failures++
    target.dueMs = nowMs + pauseMs * (0.5 + this.#rng() / 2)
  }

  #isCalled(name: string): boolean {
    for (const target of this.#targets.values()) if (target.name === name && target.dialing) return true
    return false
  }
}

function newTarget(isSeed: boolean, name: string | undefined, dueMs: number): Target {
  return { isSeed, name, dialing: false, failures: 0, dueMs }
}
