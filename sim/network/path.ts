/**
 * One direction between two places, over all connections there ever are: how long frames take, what disturbs them, how
 * many there were, and what a hold keeps back. The connections themselves are link ends.
 */

import type { World } from '../world.ts'
import { chance, DECISION, rollOf } from './chance.ts'
import { CALM, type Disturbance, EXTRA_DELAY_MS_MAX, type Weather, weatherOf } from './disturbance.ts'
import { Fifo } from './fifo.ts'
import type { LinkEnd } from './link-end.ts'
import type { SendQueue } from './send-queue.ts'

/** How a frame fared; as in a recording. */
export type Fate = 'usual' | 'lost' | 'doubled' | 'late' | 'held' | 'replayed' | 'corrupt'

/** A frame, or the end of a connection, on its way. */
export interface Parcel {
  /** As sent. `undefined`: the sender is gone for `reason`. */
  readonly bytes: Uint8Array | undefined
  readonly reason: string
  /** Its hash for every decision. */
  readonly roll: number
  readonly sentMs: number
  /** The cuts that there had been when it left the sender. */
  cuts: number
  fate: Fate
}

interface Held {
  readonly end: LinkEnd
  readonly parcel: Parcel
}

/** What a hold may keep, in bytes of frames, each with this many on top. Beyond it the connection breaks. */
export const HELD_BYTES_MAX: number = 48 * 1024
const HELD_BYTES_EACH = 64

/** Least delay and what chance may add, ms. */
export interface BaseDelay {
  readonly leastMs: number
  readonly spanMs: number
}

export class Path {
  readonly from: string
  readonly to: string
  /** Stands for the seed and both places. */
  readonly hash: number
  frames = 0
  dials = 0
  closes = 0
  /** Cuts that began. A parcel that left before the latest one is lost. */
  cuts = 0
  /** Copies that wait to be replayed. */
  replaysWaiting = 0
  weather: Weather = CALM
  /** The ends that send here, and live. */
  readonly ends: Set<LinkEnd> = new Set()
  /** Those of their queues that are not empty; a closed end's queue still empties. */
  readonly queues: Set<SendQueue> = new Set()
  readonly held: Fifo<Held> = new Fifo()
  heldBytes = 0
  readonly #base: BaseDelay
  readonly #isStream: boolean
  #disturbances: readonly Disturbance[] = []

  /** `isStream`: what is sent arrives in order, once and whole, however late, as over TCP. */
  constructor(world: World, from: string, to: string, base: BaseDelay, isStream: boolean) {
    this.from = from
    this.to = to
    this.hash = world.hash(`path ${from}>${to}`)
    this.#base = base
    this.#isStream = isStream
  }

  /** Whether no connection can be made. */
  get isShut(): boolean {
    return this.weather.isCut || this.weather.isHeld
  }

  /** How long what `roll` stands for takes, ms. */
  delayMs(roll: number): number {
    const ms = this.#base.leastMs + chance(roll, DECISION.delay) * this.#base.spanMs
    const { slowerMs, exponentialMs } = this.weather
    if (exponentialMs === 0) return ms + slowerMs
    const extraMs = -Math.log(1 - chance(roll, DECISION.extraDelay)) * exponentialMs
    return ms + slowerMs + Math.min(extraMs, EXTRA_DELAY_MS_MAX)
  }

  /** One way of opening a connection. */
  nextDialMs(): number {
    return this.delayMs(rollOf(this.hash ^ DIALS, this.dials++))
  }

  nextCloseRoll(): number {
    return rollOf(this.hash ^ CLOSES, this.closes++)
  }

  nextFrameRoll(): number {
    return rollOf(this.hash, this.frames++)
  }

  /** One more disturbance, if it concerns this path. */
  add(disturbance: Disturbance): boolean {
    if (!disturbance.between(this.from, this.to)) return false
    this.#disturbances = [...this.#disturbances, disturbance]
    this.#change()
    return true
  }

  remove(disturbance: Disturbance): boolean {
    if (!this.#disturbances.includes(disturbance)) return false
    this.#disturbances = this.#disturbances.filter((other) => other !== disturbance)
    this.#change()
    return true
  }

  /** Keeps what arrives at `end`, behind what is kept already. False when there is no more room. */
  hold(end: LinkEnd, parcel: Parcel): boolean {
    this.held.push({ end, parcel })
    this.heldBytes += heldBytesOf(parcel)
    return this.heldBytes <= HELD_BYTES_MAX
  }

  /** The first of what was held, once nothing holds it. */
  unhold(): Held | undefined {
    if (this.weather.isHeld) return undefined
    const held = this.held.shift()
    if (held !== undefined) this.heldBytes -= heldBytesOf(held.parcel)
    return held
  }

  #change(): void {
    const before = this.weather
    const weather = weatherOf(this.#disturbances)
    this.weather = this.#isStream ? onStream(weather) : weather
    if (this.weather.isCut && !before.isCut) this.cuts++
    if (this.weather.bytesPerSecond !== before.bytesPerSecond) for (const queue of this.queues) queue.capChanged()
  }
}

/** What a stream makes of the weather: it sends again what is lost, so that a cut only holds. */
function onStream(weather: Weather): Weather {
  if (weather === CALM) return weather
  const { isCut, isHeld, exponentialMs, slowerMs, bytesPerSecond } = weather
  return { ...CALM, isHeld: isCut || isHeld, exponentialMs, slowerMs, bytesPerSecond }
}

const DIALS = 0x6a09e667
const CLOSES = 0x3c6ef372

function heldBytesOf(parcel: Parcel): number {
  return (parcel.bytes?.length ?? 0) + HELD_BYTES_EACH
}
