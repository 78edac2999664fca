/**
 * Links without sockets: a transport whose addresses are servers in the same test. Each frame arrives in a turn of its
 * own, in order. A test may cut a link, let it go dead in silence, or stop one side from reading.
 */

import type { Link, LinkEvents, Timers, Transport } from '../../src/core/ports.ts'

const QUEUED_HIGH = 1024 * 1024
const QUEUED_LOW = 256 * 1024

export type Accept = (link: Link) => LinkEvents

export class MemoryNet implements Transport {
  readonly #timers: Timers
  readonly #servers = new Map<string, Accept>()
  readonly #open = new Map<MemoryEnd, string>()
  /** Addresses dialled, in order. */
  readonly dialled: string[] = []
  /** Dials neither open nor fail. */
  deaf = false

  constructor(timers: Timers) {
    this.#timers = timers
  }

  listen(address: string, accept: Accept): void {
    this.#servers.set(address, accept)
  }

  /** No new links there, and the open ones break. */
  kill(address: string): void {
    this.#servers.delete(address)
    for (const [end, at] of this.#open) if (at === address) end.close('connection reset')
  }

  /** The clients' ends of the open links. */
  get ends(): readonly MemoryEnd[] {
    return [...this.#open.keys()]
  }

  dial(address: string, events: LinkEvents): MemoryEnd {
    this.dialled.push(address)
    const client = new MemoryEnd(address, this.#timers)
    const server = new MemoryEnd('client', this.#timers)
    client.other = server
    server.other = client
    client.events = {
      ...forward(events),
      closed: (reason) => {
        this.#open.delete(client)
        events.closed(reason)
      },
    }
    this.#timers.afterTurn(() => {
      if (this.deaf || client.over) return
      const accept = this.#servers.get(address)
      if (accept === undefined) {
        client.close('connection refused')
        return
      }
      this.#open.set(client, address)
      server.events = accept(server)
      events.opened()
    })
    return client
  }
}

export class MemoryEnd implements Link {
  readonly remote: string
  readonly #timers: Timers
  #queue: Uint8Array[] = []
  #high = false
  queuedBytes = 0
  over = false
  /** The other side does not read; frames pile up here. */
  stalled = false
  /** Frames vanish, both ways, and nobody is told. */
  dead = false
  other: MemoryEnd | undefined
  events: LinkEvents | undefined
  /** Every frame that was sent. */
  readonly sent: Uint8Array[] = []

  constructor(remote: string, timers: Timers) {
    this.remote = remote
    this.#timers = timers
  }

  send(frame: Uint8Array): void {
    if (this.over) return
    this.sent.push(frame)
    this.#queue.push(frame)
    this.queuedBytes += frame.length
    if (this.queuedBytes > QUEUED_HIGH) this.#high = true
    if (!this.stalled) this.#timers.afterTurn(() => this.#deliver())
  }

  /** The other side reads again. */
  resume(): void {
    this.stalled = false
    for (const _ of this.#queue) this.#timers.afterTurn(() => this.#deliver())
  }

  close(reason: string): void {
    if (this.over) return
    this.over = true
    const { other } = this
    if (other !== undefined && !this.dead) this.#timers.afterTurn(() => this.#closeOther(other, reason))
    this.#timers.afterTurn(() => this.events?.closed(reason))
  }

  #closeOther(other: MemoryEnd, reason: string): void {
    if (other.over) return
    other.over = true
    other.events?.closed(reason)
  }

  #deliver(): void {
    if (this.stalled) return
    const frame = this.#queue.shift()
    if (frame === undefined) return
    this.queuedBytes -= frame.length
    const { other } = this
    if (other !== undefined && !other.over && !this.dead && !other.dead) other.events?.frame(frame)
    if (this.#high && this.queuedBytes < QUEUED_LOW) {
      this.#high = false
      this.events?.drained()
    }
  }
}

function forward(events: LinkEvents): LinkEvents {
  return {
    opened: () => events.opened(),
    frame: (bytes) => events.frame(bytes),
    drained: () => events.drained(),
    closed: (reason) => events.closed(reason),
  }
}
