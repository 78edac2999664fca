/**
 * One side of a link. It keeps the promises of the port: `opened` at most once, `closed` once and last, nothing else
 * after `close`, no call back inside a call. What becomes of frames in between is the network's business.
 */

import type { Link, LinkEvents } from '../../src/core/ports.ts'
import { Fifo } from './fifo.ts'
import { copyOf } from './frame-copy.ts'
import type { Parcel, Path } from './path.ts'
import type { SendQueue } from './send-queue.ts'

/** What carries frames from one end to the other. */
export interface Carrier {
  post(end: LinkEnd, frame: Uint8Array): void
  /** The other end learns that this one is gone, behind what was sent. */
  postClose(end: LinkEnd, reason: string): void
  arrive(end: LinkEnd, parcel: Parcel): void
  later(call: () => void): void
}

export class LinkEnd implements Link {
  /** What it sends goes here; what it gets came from the other. */
  readonly out: Path
  readonly into: Path
  other: LinkEnd | undefined
  queue: SendQueue | undefined
  isOver = false
  /** When the latest parcel that comes in order arrives. */
  arrivalMs = 0
  /** On their way to this end, in order; each has an event of its own, which takes the first. */
  readonly arriving: Fifo<Parcel> = new Fifo()
  readonly arriveNext: () => void
  readonly #carrier: Carrier
  #events: LinkEvents | undefined

  constructor(carrier: Carrier, out: Path, into: Path, events: LinkEvents | undefined) {
    this.#carrier = carrier
    this.out = out
    this.into = into
    this.#events = events
    this.arriveNext = () => {
      const parcel = this.arriving.shift()
      if (parcel !== undefined) carrier.arrive(this, parcel)
    }
    out.ends.add(this)
  }

  get remote(): string {
    return this.out.to
  }

  get queuedBytes(): number {
    return this.queue?.bytes ?? 0
  }

  /** `events`: of the end that was accepted. */
  join(other: LinkEnd, events: LinkEvents | undefined = this.#events): void {
    this.other = other
    this.#events = events
  }

  opened(): void {
    if (!this.isOver) this.#events?.opened()
  }

  send(frame: Uint8Array): void {
    if (this.isOver || this.other === undefined) return
    this.#carrier.post(this, copyOf(frame))
  }

  close(reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.#carrier.postClose(this, reason)
    this.#carrier.later(() => this.#ended(reason))
  }

  deliver(frame: Uint8Array): void {
    if (!this.isOver) this.#events?.frame(frame)
  }

  drained(): void {
    if (!this.isOver) this.#events?.drained()
  }

  /** The link is over for this side, for a reason from outside, told now. */
  finish(reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.queue?.clear()
    this.#ended(reason)
  }

  /** As `finish`, told when the present call has returned. */
  abort(reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.queue?.clear()
    this.#carrier.later(() => this.#ended(reason))
  }

  /** The process on this side is gone: nobody is told here, and the other side only if the machine still answers. */
  die(isSilent: boolean): void {
    const owesClose = !this.isOver || this.queue?.isEmpty === false
    this.isOver = true
    this.#events = undefined
    this.out.ends.delete(this)
    this.queue?.clear()
    if (owesClose && !isSilent) this.#carrier.postClose(this, 'connection reset')
  }

  #ended(reason: string): void {
    this.out.ends.delete(this)
    const events = this.#events
    this.#events = undefined
    events?.closed(reason)
  }
}
