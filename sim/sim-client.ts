/**
 * One client of a run: the shipped connection of the client over a simulated link, which fails over by itself, and the
 * calls of the plan on it. Each call ends once: answered, given up after a while, or lost with its connection. A watch
 * lives on one connection; the plan opens it again.
 */

import { Line } from '../src/client/line.ts'
import type { Change } from '../src/core/change.ts'
import type { Timers } from '../src/core/ports.ts'
import { prefixRange } from '../src/core/range.ts'
import { encodeClientMessage } from '../src/wire/client-codec.ts'
import type { Reply, Request } from '../src/wire/client-messages.ts'
import { type Call, type History, isWrite, type Outcome } from './history.ts'
import type { Network } from './network.ts'
import type { Operation, PlannedChange } from './plan.ts'
import type { World } from './world.ts'

/** A call without an answer is given up, ms. */
const CALL_MS_MAX = 5_000
const encoder = new TextEncoder()

export class SimClient {
  readonly name: string
  /** The watch of the present connection, by request id. */
  watch: { readonly id: number; readonly prefix: string; ready: boolean } | undefined
  /** When the present connection began. */
  openedMs = 0
  readonly #world: World
  readonly #network: Network
  readonly #history: History
  readonly #timers: Timers
  /** By request id, in the order in which they were sent. */
  readonly #sent = new Map<number, Call>()
  #isTimed = false
  readonly #nodes: readonly string[]
  #line: Line
  #connection = 0
  #lines = 0

  /** `nodes`: whom to call, the favourite first. */
  constructor(world: World, network: Network, history: History, name: string, nodes: readonly string[]) {
    this.name = name
    this.#world = world
    this.#network = network
    this.#history = history
    this.#nodes = nodes
    this.#timers = {
      after: (ms, call) => {
        let isDue = true
        world.schedule(ms, () => {
          if (isDue) call()
        })
        return () => {
          isDue = false
        }
      },
      afterTurn: (call) => world.schedule(0, call),
    }
    this.#line = this.#connect(nodes)
  }

  /** The node that answers now; empty when there is none. */
  get node(): string {
    return this.#line.node?.name ?? ''
  }

  get connection(): number {
    return this.#connection
  }

  perform(operation: Operation): void {
    switch (operation.kind) {
      case 'put':
      case 'delete':
      case 'batch':
      case 'get':
      case 'scan':
        this.#call(operation)
        break
      case 'watch':
        this.#unwatch()
        this.#watch(operation.prefix)
        break
      case 'unwatch':
        this.#unwatch()
        break
      case 'move':
        this.#line.close(() => undefined)
        this.#lost()
        this.#line = this.#connect([operation.node, ...this.#nodes.filter((node) => node !== operation.node)])
        break
    }
  }

  #connect(nodes: readonly string[]): Line {
    const line = new Line({
      urls: nodes.map((node) => `sim://${node}/client`),
      cluster: 'sim',
      failFast: false,
      transport: this.#network.transport(this.name),
      timers: this.#timers,
      rng: this.#world.rng(`line ${++this.#lines} of ${this.name}`),
      events: {
        opened: () => {
          this.#connection++
          this.openedMs = this.#world.nowMs
        },
        reply: (reply) => this.#answer(reply),
        room: () => undefined,
        lost: () => this.#lost(),
        refused: () => undefined,
      },
    })
    return line
  }

  #call(operation: Asking): void {
    const call: Call = {
      client: this.name,
      connection: this.#connection,
      node: this.node,
      operation,
      calledMs: this.#world.nowMs,
      endedMs: 0,
      outcome: 'failed',
    }
    this.#history.called(call)
    if (this.#line.status !== 'open') {
      this.#end(call, 'failed', 'no connection')
      return
    }
    const id = this.#line.nextId()
    this.#sent.set(id, call)
    this.#line.send(encodeClientMessage(requestOf(operation, id)))
    if (!this.#isTimed) this.#setTimer(call)
  }

  /** One timer for all calls: whoever was sent first is given up first. */
  #setTimer(oldest: Call | undefined): void {
    this.#isTimed = oldest !== undefined
    if (oldest === undefined) return
    const dueMs = oldest.calledMs + CALL_MS_MAX
    this.#world.schedule(dueMs - this.#world.nowMs, () => {
      for (const [id, call] of this.#sent) {
        if (call.calledMs > oldest.calledMs) {
          this.#setTimer(call)
          return
        }
        this.#giveUp(id, call, 'no answer in time')
      }
      this.#setTimer(undefined)
    })
  }

  #watch(prefix: string): void {
    if (this.#line.status !== 'open') return
    const id = this.#line.nextId()
    this.watch = { id, prefix, ready: false }
    this.#line.send(encodeClientMessage({ kind: 'watch', id, range: prefixRange(prefix) }))
  }

  #unwatch(): void {
    const { watch } = this
    this.watch = undefined
    if (watch === undefined || this.#line.status !== 'open') return
    this.#line.send(encodeClientMessage({ kind: 'unwatch', id: this.#line.nextId(), watch: watch.id }))
  }

  #answer(reply: Reply): void {
    const { watch } = this
    if (watch?.id === reply.id) {
      if (reply.kind !== 'events') {
        this.watch = undefined
        return
      }
      watch.ready ||= reply.ready
      const { name: client, node } = this
      const { id, prefix } = watch
      const { entries, ready } = reply
      this.#history.watched({ client, connection: this.#connection, watch: id, node, prefix, entries, ready })
      return
    }
    const call = this.#sent.get(reply.id)
    if (call === undefined) return
    this.#sent.delete(reply.id)
    if (reply.kind === 'error') {
      this.#end(call, reply.maybeApplied ? 'maybe' : 'failed', reply.code)
      return
    }
    if (reply.kind === 'written') call.version = reply.version
    else if (reply.kind === 'entry') call.entry = reply.entry
    else if (reply.kind === 'page') call.entries = reply.entries
    this.#end(call, 'ok', undefined)
  }

  #lost(): void {
    if (this.watch !== undefined) this.#history.watchLost(this.name)
    this.watch = undefined
    for (const [id, call] of [...this.#sent]) this.#giveUp(id, call, 'the connection broke')
  }

  #giveUp(id: number, call: Call, why: string): void {
    this.#sent.delete(id)
    this.#end(call, isWrite(call.operation) ? 'maybe' : 'failed', why)
  }

  #end(call: Call, outcome: Outcome, code: string | undefined): void {
    call.outcome = outcome
    call.endedMs = this.#world.nowMs
    if (code !== undefined) call.code = code
    this.#history.ended(call)
  }
}

/** What is a call: it has an answer. */
type Asking = Extract<Operation, { kind: 'put' | 'delete' | 'batch' | 'get' | 'scan' }>

function requestOf(operation: Asking, id: number): Request {
  switch (operation.kind) {
    case 'put':
    case 'delete':
      return { kind: 'write', id, changes: [toChange(operation)] }
    case 'batch':
      return { kind: 'write', id, changes: operation.changes.map(toChange) }
    case 'get':
      return { kind: 'get', id, key: operation.key, wantValue: true }
    case 'scan': {
      const range = prefixRange(operation.prefix)
      return { kind: 'scan', id, range, reverse: false, limit: operation.limit, wantValues: true, wantTombstones: true }
    }
  }
}

function toChange({ key, value, ttlMs }: PlannedChange): Change {
  return { key, value: value === undefined ? undefined : encoder.encode(value), ttlMs }
}
