/**
 * The links to peers, one a pair. Opens each with a hello, refuses strangers, closes one that stays silent, and settles
 * which of two survives when both sides called at once: the one that the smaller name dialled. Peers' mistakes end here:
 * counted, said once, and the link is closed. A slow peer gets no pushes beyond a limit, which is all the back-pressure
 * that peers need: a pull carries later what was not pushed.
 */

import type { Body, Message, Row } from '../core/message.ts'
import { nameOf } from '../core/origin.ts'
import type { Clock, Link, LinkEvents, Logger, Transport } from '../core/ports.ts'
import { decodePeerFrame, encodeMessage, encodePeerHello } from '../wire/peer-codec.ts'
import { PeerError } from '../wire/peer-error.ts'
import { type PeerHello, WIRE_VERSION } from '../wire/peer-messages.ts'

export interface LinkLimits {
  /** A link on which nothing came for this long is closed as half-open, ms. Peers send a row every beat. */
  readonly linkSilenceMs: number
  /** Above this many queued bytes a link gets no more pushes: a pull carries them later. */
  readonly pushQueueBytesMax: number
  /** Above this many queued bytes a link is closed. */
  readonly linkQueueBytesMax: number
  /** Links that have not said hello yet, at most. */
  readonly strangersMax: number
}

export const LINK_DEFAULTS: LinkLimits = {
  linkSilenceMs: 5_000,
  pushQueueBytesMax: 4 * 1024 * 1024,
  linkQueueBytesMax: 64 * 1024 * 1024,
  strangersMax: 256,
}

/** What the links tell the host. */
export interface LinksEvents {
  up(peer: string, row: Row): void
  /** `livedMs`: how long the link was up. */
  down(peer: string, livedMs: number): void
  message(peer: string, message: Message): void
  /** A hello of this node's own name: `self` when it is this very run. */
  ownName(row: Row, isSelf: boolean, dialled: string | undefined): void
  /** A call to `address` reached `peer`, whether or not the link is kept. */
  reached(address: string, peer: string): void
  failed(address: string, reason: string): void
}

interface Connection {
  readonly link: Link
  /** The address that was dialled; `undefined` for a link that came in. */
  readonly dialled: string | undefined
  peer: string | undefined
  origin: string | undefined
  isOpen: boolean
  isSettled: boolean
  /** This side has told it to close: it lives on only until the other side agrees. */
  isClosing: boolean
  upMs: number
  heardMs: number
}

/** Mistakes that were said already, by peer and kind; then they are only counted. */
const SAID_MAX = 256

export class Links {
  readonly counters = { peerErrors: 0, pushesShed: 0, linksSilent: 0, linksRefused: 0 }
  readonly #name: string
  readonly #cluster: string
  readonly #limits: LinkLimits
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #transport: Transport
  readonly #events: LinksEvents
  readonly #row: () => Row
  readonly #byPeer = new Map<string, Connection>()
  readonly #connections = new Set<Connection>()
  #refused: ReadonlySet<string> = new Set()
  /** Links that came in and have not said hello. */
  #strangers = 0
  readonly #said = new Set<string>()
  #isClosed = false

  constructor(options: {
    name: string
    cluster: string
    limits: LinkLimits
    clock: Clock
    logger: Logger
    transport: Transport
    events: LinksEvents
    row: () => Row
  }) {
    this.#name = options.name
    this.#cluster = options.cluster
    this.#limits = options.limits
    this.#clock = options.clock
    this.#logger = options.logger
    this.#transport = options.transport
    this.#events = options.events
    this.#row = options.row
  }

  get count(): number {
    return this.#byPeer.size
  }

  isLinked(peer: string): boolean {
    return this.#byPeer.has(peer)
  }

  dial(address: string): void {
    let connection: Connection | undefined
    const link = this.#transport.dial(address, {
      opened: () => connection !== undefined && this.#opened(connection),
      frame: (bytes) => connection !== undefined && this.#frame(connection, bytes),
      drained: () => {},
      closed: (reason) => connection !== undefined && this.#closed(connection, reason),
    })
    connection = this.#add(link, address)
  }

  /** Takes a link that came in, already open. */
  accept(link: Link): LinkEvents | undefined {
    if (this.#isClosed || this.#strangers >= this.#limits.strangersMax) return undefined
    this.#strangers++
    const connection = this.#add(link, undefined)
    return {
      opened: () => this.#opened(connection),
      frame: (bytes) => this.#frame(connection, bytes),
      drained: () => {},
      closed: (reason) => this.#closed(connection, reason),
    }
  }

  send(to: readonly string[], row: Row, body: Body): void {
    let frame: Uint8Array | undefined
    for (const peer of to) {
      const connection = this.#byPeer.get(peer)
      if (connection === undefined) continue
      const { queuedBytes } = connection.link
      if (queuedBytes > this.#limits.linkQueueBytesMax) {
        this.#close(connection, 'its queue is full')
        continue
      }
      if (body.kind === 'push' && queuedBytes > this.#limits.pushQueueBytesMax) {
        this.counters.pushesShed++
        continue
      }
      frame ??= encodeMessage({ row, body })
      connection.link.send(frame)
    }
  }

  /** Closes links that fell silent or never said hello. */
  tick(): void {
    const nowMs = this.#clock.monoMs()
    for (const connection of this.#connections) {
      if (connection.isClosing || nowMs - connection.heardMs < this.#limits.linkSilenceMs) continue
      if (connection.isOpen) this.counters.linksSilent++
      this.#close(connection, `nothing came for ${this.#limits.linkSilenceMs} ms`)
    }
  }

  /** A pause of this process is nobody's silence. */
  forgive(pauseMs: number): void {
    const nowMs = this.#clock.monoMs()
    for (const connection of this.#connections) connection.heardMs = Math.min(connection.heardMs + pauseMs, nowMs)
  }

  /** Closes the links to these names, and refuses new ones until called again. */
  refuse(names: ReadonlySet<string>): void {
    this.#refused = names
    for (const [peer, connection] of this.#byPeer) if (names.has(peer)) this.#close(connection, 'refused by a fault')
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#connections) this.#close(connection, 'the node is closing')
  }

  #add(link: Link, dialled: string | undefined): Connection {
    const connection: Connection = {
      link,
      dialled,
      peer: undefined,
      origin: undefined,
      isOpen: false,
      isSettled: dialled === undefined,
      isClosing: false,
      upMs: 0,
      heardMs: this.#clock.monoMs(),
    }
    this.#connections.add(connection)
    return connection
  }

  #opened(connection: Connection): void {
    connection.isOpen = true
    const row = this.#row()
    connection.link.send(
      encodePeerHello({ kind: 'hello', wire: WIRE_VERSION, cluster: this.#cluster, row, features: [] }),
    )
  }

  #frame(connection: Connection, bytes: Uint8Array): void {
    if (!this.#connections.has(connection)) return
    connection.heardMs = this.#clock.monoMs()
    let decoded: PeerHello | Message
    try {
      decoded = decodePeerFrame(bytes)
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      this.#blame(connection, error.code, error.message)
      return
    }
    if ('kind' in decoded) this.#greet(connection, decoded)
    else if (connection.peer === undefined) this.#blame(connection, 'malformed', 'a frame came before hello')
    else if (nameOf(decoded.row.origin) !== connection.peer)
      this.#blame(connection, 'malformed', 'the row is not its own')
    else if (this.#byPeer.get(connection.peer) === connection) this.#events.message(connection.peer, decoded)
  }

  /** A peer erred: counted, said once, and the link is closed. */
  #blame(connection: Connection, code: string, reason: string): void {
    this.counters.peerErrors++
    const { peer, link } = connection
    this.#sayOnce(
      `${peer ?? hostOf(link.remote)} ${code}`,
      { peer, remote: link.remote, code, reason },
      'A peer broke the protocol; its link is closed',
    )
    this.#close(connection, `protocol error: ${reason}`)
  }

  #sayOnce(what: string, fields: object, text: string): void {
    const level = this.#said.has(what) ? 'debug' : 'warn'
    if (this.#said.size >= SAID_MAX) this.#said.clear()
    this.#said.add(what)
    this.#logger[level](fields, text)
  }

  #close(connection: Connection, reason: string): void {
    connection.isClosing = true
    connection.link.close(reason)
  }

  #greet(connection: Connection, hello: PeerHello): void {
    const name = nameOf(hello.row.origin)
    const { link, dialled } = connection
    if (connection.peer !== undefined || connection.isClosing) return
    if (hello.cluster !== this.#cluster) {
      this.counters.linksRefused++
      const fields = { remote: link.remote, peer: name, theirs: hello.cluster, mine: this.#cluster }
      this.#sayOnce(`${name} of ${hello.cluster}`, fields, 'A node of another cluster was refused')
      this.#close(connection, `this is cluster ${this.#cluster}`)
      return
    }
    if (name === this.#name) {
      const isSelf = hello.row.origin === this.#row().origin
      connection.isSettled = true
      this.#events.ownName(hello.row, isSelf, dialled)
      this.#close(connection, isSelf ? 'this is the same node' : 'this name is in use')
      return
    }
    if (this.#refused.has(name)) {
      this.counters.linksRefused++
      this.#close(connection, 'refused by a fault')
      return
    }
    if (dialled === undefined) this.#strangers--
    connection.peer = name
    connection.origin = hello.row.origin
    connection.upMs = this.#clock.monoMs()
    if (dialled !== undefined) {
      connection.isSettled = true
      this.#events.reached(dialled, name)
    }
    const rival = this.#byPeer.get(name)
    if (rival !== undefined) {
      if (!this.#isBetter(connection, rival, name)) {
        this.#close(connection, 'another link to the same peer is kept')
        return
      }
      this.#drop(rival, name)
      this.#close(rival, 'another link to the same peer is kept')
    }
    this.#byPeer.set(name, connection)
    this.#events.up(name, hello.row)
  }

  /** Both sides must decide alike: the link that the smaller name dialled; of two by one dialler, the later. */
  #isBetter(candidate: Connection, rival: Connection, peer: string): boolean {
    if (rival.isClosing || candidate.origin !== rival.origin) return true
    const dialledHere = candidate.dialled !== undefined
    if (dialledHere === (rival.dialled !== undefined)) return true
    return dialledHere === this.#name < peer
  }

  #closed(connection: Connection, reason: string): void {
    if (!this.#connections.delete(connection)) return
    const { peer, dialled } = connection
    if (dialled === undefined && peer === undefined) this.#strangers--
    if (dialled !== undefined && !connection.isSettled) this.#events.failed(dialled, reason)
    if (peer === undefined || this.#byPeer.get(peer) !== connection) return
    this.#logger.info({ peer, reason }, 'The link to a peer closed')
    this.#drop(connection, peer)
  }

  #drop(connection: Connection, peer: string): void {
    if (this.#byPeer.get(peer) !== connection) return
    this.#byPeer.delete(peer)
    this.#events.down(peer, this.#clock.monoMs() - connection.upMs)
  }
}

/** The host in `host:port`: a stranger's port is another one each time. */
function hostOf(remote: string): string {
  return remote.replace(/:\d+$/, '')
}
