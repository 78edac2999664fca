/**
 * The peers of a node: whom to call and when, and the links that came of it. What a call led to is told to the dialer here,
 * so the host hears only of links that are up, of what comes over them, and of another process with its own name.
 */

import { Dialer } from '../core/dialer.ts'
import type { Body, Message, Row } from '../core/message.ts'
import type { Link, LinkEvents } from '../core/ports.ts'
import type { HostOptions, HostPorts } from './host-options.ts'
import { Links } from './links.ts'

/** A link that lived this long was no mistake: when it breaks, its peer is called again soon. */
const LINK_PROVED_MS = 5_000

export interface PeersEvents {
  up(peer: string, row: Row): void
  down(peer: string): void
  message(from: string, message: Message): void
  /** A hello of this node's own name from another run. */
  twin(row: Row): void
}

export class Peers {
  readonly #ports: HostPorts
  readonly #dialer: Dialer
  readonly #links: Links

  constructor(options: HostOptions, ports: HostPorts, row: () => Row, events: PeersEvents) {
    const { name, cluster, seeds, links, dial } = options
    const { clock, logger, transport, rng } = ports
    const nowMs = (): number => clock.monoMs()
    const dialer = new Dialer(name, seeds, dial, rng)
    this.#ports = ports
    this.#dialer = dialer
    this.#links = new Links({
      name,
      cluster,
      limits: links,
      clock,
      logger,
      transport,
      row,
      events: {
        up: events.up,
        down: (peer, livedMs) => {
          if (livedMs >= LINK_PROVED_MS) dialer.proved(peer, nowMs())
          events.down(peer)
        },
        message: events.message,
        reached: (address, peer) => dialer.reached(address, peer, nowMs()),
        failed: (address, reason) => {
          if (!dialer.failed(address, nowMs())) return
          logger.warn({ seed: address, reason }, 'A seed cannot be reached; it is called again for as long as it takes')
        },
        ownName: (twin, isSelf, dialled) => {
          if (isSelf && dialled !== undefined) dialer.reachedSelf(dialled, nowMs())
          else if (dialled !== undefined) dialer.failed(dialled, nowMs())
          if (!isSelf) events.twin(twin)
        },
      },
    })
  }

  get count(): number {
    return this.#links.count
  }

  get counters(): Links['counters'] {
    return this.#links.counters
  }

  isLinked(name: string): boolean {
    return this.#links.isLinked(name)
  }

  /** Where a member can be reached. */
  learn(name: string, address: string): void {
    this.#dialer.learn(name, address, this.#ports.clock.monoMs())
  }

  /** Once, whoever is there. */
  call(address: string): void {
    this.#links.dial(address)
  }

  accept(link: Link): LinkEvents | undefined {
    return this.#links.accept(link)
  }

  send(to: readonly string[], row: Row, body: Body): void {
    this.#links.send(to, row, body)
  }

  /** Closes the links to these names and refuses new ones, until called again. */
  refuse(names: ReadonlySet<string>): void {
    this.#links.refuse(names)
    this.#dialer.hurry(this.#ports.clock.monoMs())
  }

  /** A pause of this process is nobody's silence. */
  forgive(pauseMs: number): void {
    this.#links.forgive(pauseMs)
  }

  /** Closes silent links, and calls who is due. */
  tick(): void {
    this.#links.tick()
    const due = this.#dialer.due(this.#ports.clock.monoMs(), (name) => this.#links.isLinked(name))
    for (const address of due) this.#links.dial(address)
  }

  close(): void {
    this.#links.close()
  }
}
