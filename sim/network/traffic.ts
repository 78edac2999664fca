/**
 * What becomes of frames between two link ends: when they leave, how long they take, whether they arrive, how often and
 * as what. Every decision is a hash of the frame's number on its path. Also counts it, and tells whoever observes.
 */

import type { World } from '../world.ts'
import { chance, DECISION } from './chance.ts'
import { corrupted } from './corrupt.ts'
import { CALM } from './disturbance.ts'
import type { Carrier, LinkEnd } from './link-end.ts'
import type { Fate, Parcel, Path } from './path.ts'
import { type QueueLimits, SendQueue } from './send-queue.ts'

const DUPLICATE_MS_MAX = 500
const REORDER_MS_MAX = 200
const REPLAY_MS_LEAST = 500
const REPLAY_MS_MAX = 20_000
/** What is queued when a link is closed has so long to leave; then the rest is lost with the connection. */
const CLOSE_GRACE_MS = 2_000
/** Old frames kept to be replayed, of one direction between two places. Beyond it nothing more is kept. */
const REPLAYS_WAITING_MAX = 256

/**
 * Hears of each frame when its fate is known; a doubled or replayed one once more. `bytes` are those that were sent, to be
 * read at once and not kept. `arrivedMs` is missing when nobody got it.
 */
export type NetworkObserver = (
  from: string,
  to: string,
  bytes: Uint8Array,
  sentMs: number,
  arrivedMs: number | undefined,
  fate: Fate,
) => void

/** How often what happened, in frames but for the last six. */
export type NetworkCounts = Record<
  | 'lost'
  | 'cutOff'
  | 'doubled'
  | 'replayed'
  | 'late'
  | 'held'
  | 'corrupt'
  | 'queued'
  | 'queueFull'
  | 'drained'
  | 'resets'
  | 'halfOpened'
  | 'dialsTimedOut'
  | 'dialsRefused',
  number
>

export class Traffic implements Carrier {
  /** Frames and bytes that somebody sent. */
  frames = 0
  bytes = 0
  observe: NetworkObserver | undefined
  readonly counts: NetworkCounts = {
    lost: 0,
    cutOff: 0,
    doubled: 0,
    replayed: 0,
    late: 0,
    held: 0,
    corrupt: 0,
    queued: 0,
    queueFull: 0,
    drained: 0,
    resets: 0,
    halfOpened: 0,
    dialsTimedOut: 0,
    dialsRefused: 0,
  }
  readonly #world: World
  readonly #limits: QueueLimits

  constructor(world: World, limits: QueueLimits) {
    this.#world = world
    this.#limits = limits
  }

  post(end: LinkEnd, bytes: Uint8Array): void {
    const path = end.out
    this.frames++
    this.bytes += bytes.length
    const roll = path.nextFrameRoll()
    const parcel: Parcel = { bytes, reason: '', roll, sentMs: this.#world.nowMs, cuts: path.cuts, fate: 'usual' }
    if (path.weather.bytesPerSecond === Number.POSITIVE_INFINITY && (end.queue?.isEmpty ?? true)) {
      this.#leave(end, parcel)
    } else {
      this.counts.queued++
      end.queue ??= new SendQueue(
        this.#world,
        path,
        this.#limits,
        (waited) => this.#leave(end, waited),
        () => {
          this.counts.drained++
          end.drained()
        },
      )
      if (!end.queue.push(parcel)) this.#breakOff(end)
    }
  }

  postClose(end: LinkEnd, reason: string): void {
    const path = end.out
    const roll = path.nextCloseRoll()
    const nowMs = this.#world.nowMs
    const parcel: Parcel = { bytes: undefined, reason, roll, sentMs: nowMs, cuts: path.cuts, fate: 'usual' }
    const { queue } = end
    if (queue === undefined || queue.isEmpty) {
      this.#leave(end, parcel)
      return
    }
    queue.push(parcel)
    this.#world.schedule(CLOSE_GRACE_MS, () => {
      if (queue.isEmpty) return
      queue.clear()
      this.#leave(end, { ...parcel, reason: 'connection reset' })
    })
  }

  later(call: () => void): void {
    this.#world.schedule(0, call)
  }

  /** A parcel leaves its sender, and what becomes of it is decided. */
  #leave(from: LinkEnd, parcel: Parcel): void {
    const path = from.out
    const { weather } = path
    const { roll, bytes } = parcel
    parcel.cuts = path.cuts
    if (weather.isCut) {
      this.#lose(path, parcel, 'cutOff')
      return
    }
    const delayMs = path.delayMs(roll)
    if (bytes === undefined || weather === CALM) {
      this.#carryInOrder(from, parcel, delayMs)
      return
    }
    if (happens(roll, DECISION.loss, weather.loss)) {
      this.#lose(path, parcel, 'lost')
      return
    }
    if (happens(roll, DECISION.corrupt, weather.corrupt)) parcel.fate = 'corrupt'
    if (happens(roll, DECISION.reorder, weather.reorder)) {
      if (parcel.fate === 'usual') parcel.fate = 'late'
      this.#carryAlone(from, parcel, delayMs + chance(roll, DECISION.reorderDelay) * REORDER_MS_MAX)
    } else this.#carryInOrder(from, parcel, delayMs)
    if (happens(roll, DECISION.duplicate, weather.duplicate)) {
      const againMs = chance(roll, DECISION.duplicateDelay) * DUPLICATE_MS_MAX
      this.#carryAlone(from, { ...parcel, bytes: bytes.slice(), fate: 'doubled' }, delayMs + againMs)
    }
    if (happens(roll, DECISION.replay, weather.replay)) this.#replay(from, path, { ...parcel, bytes: bytes.slice() })
  }

  #replay(from: LinkEnd, path: Path, parcel: Parcel): void {
    if (path.replaysWaiting >= REPLAYS_WAITING_MAX) return
    path.replaysWaiting++
    const waitMs = REPLAY_MS_LEAST + chance(parcel.roll, DECISION.replayDelay) * (REPLAY_MS_MAX - REPLAY_MS_LEAST)
    this.#world.schedule(waitMs, () => {
      path.replaysWaiting--
      // Mostly on the connection it came by, else on the one that took its place.
      const end = from.other?.isOver === false ? from.other : [...path.ends].at(-1)?.other
      // Nothing is replayed once that disturbance is over.
      if (end === undefined || end.isOver || path.weather.replay === 0) return
      // It comes anew from wherever it was kept: a cut that is over does not matter.
      parcel.cuts = path.cuts
      parcel.fate = 'replayed'
      if (path.weather.isCut) this.#lose(path, parcel, 'cutOff')
      else this.arrive(end, parcel)
    })
  }

  #carryInOrder(from: LinkEnd, parcel: Parcel, delayMs: number): void {
    const end = from.other
    if (end === undefined) return
    const { nowMs } = this.#world
    end.arrivalMs = Math.max(end.arrivalMs, nowMs + delayMs)
    end.arriving.push(parcel)
    this.#world.schedule(end.arrivalMs - nowMs, end.arriveNext)
  }

  #carryAlone(from: LinkEnd, parcel: Parcel, delayMs: number): void {
    const end = from.other
    if (end !== undefined) this.#world.schedule(delayMs, () => this.arrive(end, parcel))
  }

  /** A parcel is at the door of its end. */
  arrive(end: LinkEnd, parcel: Parcel): void {
    const path = end.into
    if (parcel.cuts !== path.cuts) this.#lose(path, parcel, 'cutOff')
    else if (!end.isOver && (path.weather.isHeld || path.held.length > 0)) this.#hold(path, end, parcel)
    else this.#deliver(path, end, parcel)
  }

  #deliver(path: Path, end: LinkEnd, parcel: Parcel): void {
    const { bytes, fate, roll } = parcel
    if (bytes === undefined) {
      end.finish(parcel.reason)
      return
    }
    if (end.isOver) {
      this.observe?.(path.from, path.to, bytes, parcel.sentMs, undefined, 'lost')
      return
    }
    this.#world.trace(hashBytes(bytes), path.hash)
    this.observe?.(path.from, path.to, bytes, parcel.sentMs, this.#world.nowMs, fate)
    if (fate !== 'usual' && fate !== 'lost') this.counts[fate]++
    end.deliver(fate === 'corrupt' ? corrupted(bytes, roll) : bytes)
  }

  #lose(path: Path, parcel: Parcel, why: 'lost' | 'cutOff'): void {
    if (parcel.bytes === undefined) return
    this.counts[why]++
    this.observe?.(path.from, path.to, parcel.bytes, parcel.sentMs, undefined, 'lost')
  }

  #hold(path: Path, end: LinkEnd, parcel: Parcel): void {
    if (parcel.fate === 'usual' || parcel.fate === 'late') parcel.fate = 'held'
    if (path.hold(end, parcel)) return
    this.counts.queueFull++
    end.abort('connection reset')
    end.other?.abort('connection reset')
  }

  /** What was held arrives at one instant, in order, once nothing holds it. */
  release(path: Path): void {
    if (path.held.length === 0 || path.weather.isHeld) return
    this.later(() => {
      for (let held = path.unhold(); held !== undefined; held = path.unhold()) {
        if (held.parcel.cuts !== path.cuts) this.#lose(path, held.parcel, 'cutOff')
        else this.#deliver(path, held.end, held.parcel)
      }
    })
  }

  /** The link has more to carry than it can. */
  #breakOff(end: LinkEnd): void {
    this.counts.queueFull++
    end.abort('connection reset: its queue was full')
    this.postClose(end, 'connection reset')
  }
}

function happens(roll: number, decision: number, share: number): boolean {
  return share > 0 && chance(roll, decision) < share
}

function hashBytes(bytes: Uint8Array): number {
  let hash = bytes.length
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193)
  return hash
}
