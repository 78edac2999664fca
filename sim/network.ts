/**
 * The simulated network: links that carry whole frames between places, and what goes wrong with them. A place is a machine:
 * `n1`, or a client's `c3`; it listens at addresses such as `sim://n1` and `sim://n1/client`. A link keeps order unless it
 * is disturbed, and then is harsher than TCP: a frame may be lost, doubled or overtaken while the link stays up, since the
 * core promises to survive that. What clients say is promised less, so their links are as TCP makes them: late at worst.
 * A cut drops what is sent across it in silence, so both ends find a half-open link.
 */

import type { Link, LinkEvents, Transport } from '../src/core/ports.ts'
import { isClient } from './faults/lanes.ts'
import { baseDelay } from './network/delays.ts'
import type { Disturbance } from './network/disturbance.ts'
import { LinkEnd } from './network/link-end.ts'
import { Path } from './network/path.ts'
import { QUEUE_DEFAULTS, type QueueLimits } from './network/send-queue.ts'
import { type NetworkCounts, type NetworkObserver, Traffic } from './network/traffic.ts'
import type { DelayShape } from './plan.ts'
import type { World } from './world.ts'

export { CALM_DELAYS } from './network/delays.ts'
export type { Disturbance } from './network/disturbance.ts'
export type { Fate } from './network/path.ts'
export type { NetworkCounts, NetworkObserver } from './network/traffic.ts'

const SCHEME = 'sim://'
const DIAL_TIMEOUT_MS = 2_000
/** A call to a process that stands still is looked at again so often. */
const RING_AGAIN_MS = 100

/** Takes links that come in; `undefined` refuses. */
export type Accept = (link: Link) => LinkEvents | undefined

export class Network {
  readonly #world: World
  readonly #delays: DelayShape
  readonly #traffic: Traffic
  /** Place → address → who takes links there. */
  readonly #listeners = new Map<string, Map<string, Accept>>()
  /** From → to. */
  readonly #paths = new Map<string, Map<string, Path>>()
  readonly #disturbances = new Set<Disturbance>()
  readonly #still = new Set<string>()
  /** Places whose machine is gone. */
  readonly #dark = new Set<string>()

  constructor(world: World, delays: DelayShape, limits: QueueLimits = QUEUE_DEFAULTS) {
    this.#world = world
    this.#delays = delays
    this.#traffic = new Traffic(world, limits)
  }

  /** Frames that somebody sent, and their bytes. */
  get frames(): number {
    return this.#traffic.frames
  }

  get bytes(): number {
    return this.#traffic.bytes
  }

  /** Frames that were lost, to chance or to a cut. */
  get lost(): number {
    return this.counts.lost + this.counts.cutOff
  }

  get counts(): Readonly<NetworkCounts> {
    return this.#traffic.counts
  }

  get observe(): NetworkObserver | undefined {
    return this.#traffic.observe
  }

  set observe(observer: NetworkObserver | undefined) {
    this.#traffic.observe = observer
  }

  listen(address: string, accept: Accept): void {
    this.#dark.delete(placeOf(address))
    within(this.#listeners, placeOf(address)).set(plain(address), accept)
  }

  /** What `from` dials with. */
  transport(from: string): Transport {
    return { dial: (address, events) => this.#dial(from, address, events) }
  }

  /** Nobody takes calls at `place` any more. */
  deafen(place: string): void {
    this.#listeners.delete(place)
  }

  /** Whether a process stands still at `place`: calls to it wait. */
  setStill(place: string, isStill: boolean): void {
    if (isStill) this.#still.add(place)
    else this.#still.delete(place)
  }

  /**
   * The process at `place` is gone: its links are reset and calls refused. `isSilent`: the machine is gone with it, so
   * links fall silent and calls are not answered, until somebody listens there again.
   */
  kill(place: string, isSilent: boolean): void {
    this.deafen(place)
    if (isSilent) this.#dark.add(place)
    for (const path of this.#paths.get(place)?.values() ?? []) for (const end of [...path.ends]) end.die(isSilent)
  }

  /** From now on, until the returned function is called. */
  disturb(disturbance: Disturbance): () => void {
    // A copy: the same one twice is two.
    const own: Disturbance = { ...disturbance, between: (from, to) => disturbance.between(from, to) }
    this.#disturbances.add(own)
    for (const path of this.#allPaths()) path.add(own)
    return () => {
      if (!this.#disturbances.delete(own)) return
      for (const path of this.#allPaths()) if (path.remove(own)) this.#traffic.release(path)
    }
  }

  /** All links between `a` and `b` end at both sides. */
  reset(a: string, b: string): void {
    for (const path of [this.#path(a, b), this.#path(b, a)]) {
      for (const end of [...path.ends]) {
        if (end.isOver) continue
        this.#traffic.counts.resets++
        end.abort('connection reset')
        // Through a cut the other side learns nothing.
        if (!path.weather.isCut) end.other?.abort('connection reset')
      }
    }
  }

  /** `at` forgets its links to `peer`: they are closed for it, the other side learns nothing and talks to nobody. */
  halfOpen(at: string, peer: string): void {
    for (const end of [...this.#path(at, peer).ends]) {
      if (end.isOver || end.other === undefined) continue
      this.#traffic.counts.halfOpened++
      end.abort('the connection was forgotten')
    }
  }

  /** The places that `place` has links to. */
  linkedTo(place: string): string[] {
    const paths = [...(this.#paths.get(place)?.values() ?? [])]
    return paths.filter((path) => path.ends.size > 0).map((path) => path.to)
  }

  /** Whether a cut keeps `place` from reaching another place. */
  isAnyCut(place: string): boolean {
    for (const { weather } of this.#paths.get(place)?.values() ?? []) if (weather.isCut) return true
    return false
  }

  /** The longest queue of a link on which `place` sends to another node, bytes. What clients are sent has limits of its own. */
  queuedMost(place: string): number {
    let most = 0
    for (const path of this.#paths.get(place)?.values() ?? []) {
      if (isClient(path.to)) continue
      for (const { queuedBytes } of path.ends) most = Math.max(most, queuedBytes)
    }
    return most
  }

  #dial(from: string, address: string, events: LinkEvents): Link {
    const to = placeOf(address)
    const [out, back] = [this.#path(from, to), this.#path(to, from)]
    const near = new LinkEnd(this.#traffic, out, back, events)
    let waitedMs = 0
    const ring = (): void => {
      if (near.isOver) return
      if (out.isShut || back.isShut || this.#dark.has(to)) {
        this.#traffic.counts.dialsTimedOut++
        this.#world.schedule(DIAL_TIMEOUT_MS - waitedMs, () => near.finish('the call timed out'))
        return
      }
      if (this.#still.has(to) && waitedMs < DIAL_TIMEOUT_MS) {
        waitedMs += RING_AGAIN_MS
        this.#world.schedule(RING_AGAIN_MS, ring)
        return
      }
      if (this.#still.has(to)) {
        this.#traffic.counts.dialsTimedOut++
        near.finish('the call timed out')
        return
      }
      const accept = this.#listeners.get(to)?.get(plain(address))
      if (accept === undefined) this.#refuse(near, 'connection refused')
      else this.#connect(near, accept)
    }
    this.#world.schedule(out.nextDialMs() + back.nextDialMs(), ring)
    return near
  }

  #connect(near: LinkEnd, accept: Accept): void {
    const far = new LinkEnd(this.#traffic, near.into, near.out, undefined)
    const farEvents = accept(far)
    if (farEvents === undefined) {
      // Who refuses a link hears no more of it.
      far.die(true)
      this.#refuse(near, 'refused')
      return
    }
    far.join(near, farEvents)
    if (far.isOver) {
      this.#refuse(near, 'refused')
      return
    }
    near.join(far)
    far.opened()
    near.opened()
  }

  #refuse(near: LinkEnd, reason: string): void {
    this.#traffic.counts.dialsRefused++
    near.finish(reason)
  }

  #path(from: string, to: string): Path {
    const paths = within(this.#paths, from)
    let path = paths.get(to)
    if (path === undefined) {
      path = new Path(
        this.#world,
        from,
        to,
        baseDelay(this.#world, this.#delays, from, to),
        isClient(from) || isClient(to),
      )
      for (const disturbance of this.#disturbances) path.add(disturbance)
      paths.set(to, path)
    }
    return path
  }

  *#allPaths(): Iterable<Path> {
    for (const paths of this.#paths.values()) yield* paths.values()
  }
}

function within<T>(maps: Map<string, Map<string, T>>, key: string): Map<string, T> {
  let map = maps.get(key)
  if (map === undefined) {
    map = new Map()
    maps.set(key, map)
  }
  return map
}

/** An address without what all have in front. */
function plain(address: string): string {
  return address.startsWith(SCHEME) ? address.slice(SCHEME.length) : address
}

/** `n1` of `sim://n1/client`. */
function placeOf(address: string): string {
  const name = plain(address)
  const slash = name.indexOf('/')
  return slash < 0 ? name : name.slice(0, slash)
}
