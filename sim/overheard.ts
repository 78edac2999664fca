/**
 * Reads along what the client of a program and its nodes say to each other, so that the history knows what was asked and
 * what was told, as it does of the clients of a plan. It changes nothing. Scans and watches are not judged: their ranges
 * are freer than those of plans.
 */

import type { Change } from '../src/core/change.ts'
import type { Link, LinkEvents, Transport } from '../src/core/ports.ts'
import { decodeClientMessage, decodeNodeMessage } from '../src/wire/client-codec.ts'
import type { ClientMessage } from '../src/wire/client-messages.ts'
import { type Call, type History, isWrite } from './history.ts'
import type { Operation, PlannedChange } from './plan.ts'
import type { World } from './world.ts'

/** `heard` is told of everything that reaches the client, before the client is. */
export function overheard(
  transport: Transport,
  client: string,
  { world, history }: { readonly world: World; readonly history: History },
  heard: () => void,
): Transport {
  let connections = 0
  return {
    dial(address, events) {
      const ear = new Ear(world, history, client, ++connections, placeOf(address))
      const link = transport.dial(address, ear.around(events, heard))
      return ear.onto(link)
    },
  }
}

/** One connection. */
class Ear {
  readonly #world: World
  readonly #history: History
  readonly #about: Pick<Call, 'client' | 'connection' | 'node'>
  readonly #sent = new Map<number, Call>()

  constructor(world: World, history: History, client: string, connection: number, node: string) {
    this.#world = world
    this.#history = history
    this.#about = { client, connection, node }
  }

  around(events: LinkEvents, heard: () => void): LinkEvents {
    return {
      opened: () => {
        heard()
        events.opened()
      },
      frame: (bytes) => {
        heard()
        this.#answered(bytes)
        events.frame(bytes)
      },
      drained: () => {
        heard()
        events.drained()
      },
      closed: (reason) => {
        heard()
        for (const [id, call] of [...this.#sent])
          this.#end(id, call, isWrite(call.operation) ? 'maybe' : 'failed', 'the connection broke')
        events.closed(reason)
      },
    }
  }

  onto(link: Link): Link {
    return {
      get remote() {
        return link.remote
      },
      get queuedBytes() {
        return link.queuedBytes
      },
      send: (bytes) => {
        this.#asked(decodeClientMessage(bytes))
        link.send(bytes)
      },
      close: (reason) => link.close(reason),
    }
  }

  #asked(message: ClientMessage): void {
    const calledMs = this.#world.nowMs
    const operation = operationOf(message, this.#about.client, calledMs)
    if (operation === undefined || message.kind === 'hello') return
    const call: Call = { ...this.#about, operation, calledMs, endedMs: calledMs, outcome: 'failed' }
    this.#sent.set(message.id, call)
    this.#history.called(call)
  }

  #answered(bytes: Uint8Array): void {
    const reply = decodeNodeMessage(bytes)
    const call = reply.kind === 'hello' ? undefined : this.#sent.get(reply.id)
    if (reply.kind === 'hello' || call === undefined) return
    if (reply.kind === 'error') {
      this.#end(reply.id, call, reply.maybeApplied ? 'maybe' : 'failed', reply.code)
      return
    }
    if (reply.kind === 'written') call.version = reply.version
    else if (reply.kind === 'entry') call.entry = reply.entry
    this.#end(reply.id, call, 'ok', undefined)
  }

  #end(id: number, call: Call, outcome: Call['outcome'], code: string | undefined): void {
    this.#sent.delete(id)
    call.outcome = outcome
    call.endedMs = this.#world.nowMs
    if (code !== undefined) call.code = code
    this.#history.ended(call)
  }
}

function operationOf(message: ClientMessage, client: string, atMs: number): Operation | undefined {
  if (message.kind === 'get') return { kind: 'get', atMs, client, key: message.key }
  if (message.kind !== 'write') return undefined
  const changes = message.changes.map(toPlanned)
  const [only, second] = changes
  if (only === undefined || second !== undefined) return { kind: 'batch', atMs, client, changes }
  const { key, value } = only
  return value === undefined ? { kind: 'delete', atMs, client, key } : { kind: 'put', atMs, client, key, value }
}

/** Values as the ledger keeps them: a character for each byte. */
function toPlanned({ key, value }: Change): PlannedChange {
  return value === undefined ? { key } : { key, value: Buffer.from(value).toString('latin1') }
}

/** `n1` of `sim://n1/client`. */
function placeOf(address: string): string {
  return new URL(address).hostname
}
