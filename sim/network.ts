/**
 * The simulated network: links that carry whole frames between named nodes, and what goes wrong with them. It is harsher
 * than TCP: a frame may be lost, doubled or overtaken on a link that stays up, since the core promises to survive that.
 * A cut drops what is sent across it in silence, so both ends find a half-open link.
 */

import { mix32 } from '../src/core/hash.ts'
import type { Link, LinkEvents, Transport } from '../src/core/ports.ts'
import type { Rng } from '../src/core/rng.ts'
import type { World } from './world.ts'

export interface NetworkFaults {
  /** Share of frames lost, 0 to 1. */
  loss: number
  /** Share of frames that arrive twice. */
  duplicate: number
  /** Share of frames held back so that later ones overtake them. */
  reorder: number
  /** Least and greatest usual delay, ms. */
  delayMs: readonly [number, number]
}

export const CALM: NetworkFaults = { loss: 0, duplicate: 0, reorder: 0, delayMs: [0.2, 2] }

const DIAL_TIMEOUT_MS = 2_000

/** Takes links that come in; `undefined` refuses. */
export type Accept = (link: Link) => LinkEvents | undefined

export class Network {
  faults: NetworkFaults = CALM
  frames = 0
  lost = 0
  readonly #world: World
  /** `from>to`: nothing passes. */
  readonly #cuts = new Set<string>()
  readonly #listeners = new Map<string, Accept>()
  readonly #ends = new Map<string, Set<LinkEnd>>()
  readonly #rngs = new Map<string, Rng>()

  constructor(world: World) {
    this.#world = world
  }

  listen(name: string, accept: Accept): void {
    this.#listeners.set(name, accept)
  }

  /** The node is gone: nobody answers, and its links are reset, or just fall silent. */
  kill(name: string, isSilent: boolean): void {
    this.#listeners.delete(name)
    for (const end of this.#ends.get(name) ?? []) end.die(isSilent)
    this.#ends.delete(name)
  }

  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`)
  }

  heal(): void {
    this.#cuts.clear()
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`)
  }

  /** What node `from` dials with. Addresses are `sim://name`. */
  transport(from: string): Transport {
    return { dial: (address, events) => this.#dial(from, address.replace('sim://', ''), events) }
  }

  #dial(from: string, to: string, events: LinkEvents): Link {
    const near = new LinkEnd(this, from, to, events)
    this.#endsOf(from).add(near)
    const rng = this.rng(from, to)
    this.#world.schedule(this.delay(rng) * 2, () => {
      if (this.isCut(from, to) || this.isCut(to, from)) {
        this.#world.schedule(DIAL_TIMEOUT_MS, () => near.finish('the call timed out'))
        return
      }
      const accept = this.#listeners.get(to)
      if (accept === undefined || near.isOver) {
        near.finish('connection refused')
        return
      }
      const far = new LinkEnd(this, to, from, undefined)
      const farEvents = accept(far)
      if (farEvents === undefined) {
        near.finish('refused')
        return
      }
      this.#endsOf(to).add(far)
      far.join(near, farEvents)
      near.join(far, events)
      farEvents.opened()
      events.opened()
    })
    return near
  }

  /** Carries one frame to `end`. */
  carry(from: string, to: string, end: LinkEnd, bytes: Uint8Array): void {
    this.frames++
    const rng = this.rng(from, to)
    const { loss, duplicate, reorder } = this.faults
    const isLost = rng() < loss
    const isDoubled = rng() < duplicate
    const isLate = rng() < reorder
    const delayMs = this.delay(rng)
    if (isLost || this.isCut(from, to)) {
      this.lost++
      return
    }
    const deliver = (): void => {
      // A cut that came meanwhile takes what is on the way.
      if (this.isCut(from, to)) return
      this.#world.trace(hashBytes(bytes), end.number)
      end.deliver(bytes)
    }
    if (isLate) this.#world.schedule(delayMs + rng() * 200, deliver)
    else {
      // In order with the frames before it.
      end.arrivalMs = Math.max(end.arrivalMs, this.#world.nowMs + delayMs)
      this.#world.schedule(end.arrivalMs - this.#world.nowMs, deliver)
    }
    if (isDoubled) this.#world.schedule(delayMs + rng() * 500, deliver)
  }

  /** The other end learns that this one closed, unless a cut is between them. */
  carryClose(from: string, to: string, end: LinkEnd, reason: string): void {
    if (this.isCut(from, to)) return
    const delayMs = Math.max(end.arrivalMs - this.#world.nowMs, this.delay(this.rng(from, to)))
    this.#world.schedule(delayMs, () => {
      if (!this.isCut(from, to)) end.finish(reason)
    })
  }

  later(call: () => void): void {
    this.#world.schedule(0, call)
  }

  forget(name: string, end: LinkEnd): void {
    this.#ends.get(name)?.delete(end)
  }

  delay(rng: Rng): number {
    const [least, most] = this.faults.delayMs
    return least + rng() * (most - least)
  }

  rng(from: string, to: string): Rng {
    const link = `link ${from}>${to}`
    let rng = this.#rngs.get(link)
    if (rng === undefined) {
      rng = this.#world.rng(link)
      this.#rngs.set(link, rng)
    }
    return rng
  }

  #endsOf(name: string): Set<LinkEnd> {
    let ends = this.#ends.get(name)
    if (ends === undefined) {
      ends = new Set()
      this.#ends.set(name, ends)
    }
    return ends
  }
}

/** One side of a link. */
export class LinkEnd implements Link {
  readonly remote: string
  readonly queuedBytes = 0
  isOver = false
  /** When the latest frame in order arrives. */
  arrivalMs = 0
  readonly number: number
  readonly #network: Network
  readonly #owner: string
  #events: LinkEvents | undefined
  #other: LinkEnd | undefined

  constructor(network: Network, owner: string, remote: string, events: LinkEvents | undefined) {
    this.#network = network
    this.#owner = owner
    this.remote = remote
    this.#events = events
    this.number = hashBytes(Buffer.from(`${owner}>${remote}`))
  }

  join(other: LinkEnd, events: LinkEvents): void {
    this.#other = other
    this.#events = events
  }

  send(frame: Uint8Array): void {
    if (this.isOver || this.#other === undefined) return
    // Copied: a sender may use its buffer again once `send` has returned.
    this.#network.carry(this.#owner, this.remote, this.#other, frame.slice())
  }

  close(reason: string): void {
    if (this.isOver) return
    this.isOver = true
    if (this.#other !== undefined) this.#network.carryClose(this.#owner, this.remote, this.#other, reason)
    this.#network.later(() => this.#ended(reason))
  }

  deliver(frame: Uint8Array): void {
    if (!this.isOver) this.#events?.frame(frame)
  }

  /** The link is over for this side, for a reason from outside. */
  finish(reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.#ended(reason)
  }

  /** The process on this side is gone: nobody is told here, and the other side only if the machine still answers. */
  die(isSilent: boolean): void {
    this.#events = undefined
    if (this.isOver) return
    this.isOver = true
    if (!isSilent && this.#other !== undefined) {
      this.#network.carryClose(this.#owner, this.remote, this.#other, 'connection reset')
    }
  }

  #ended(reason: string): void {
    this.#network.forget(this.#owner, this)
    const events = this.#events
    this.#events = undefined
    events?.closed(reason)
  }
}

function hashBytes(bytes: Uint8Array): number {
  let hash = bytes.length
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return mix32(hash)
}
