/**
 * A stranger calls a member again and again and says what no member says: another cluster, another wire version, garbage, a
 * message before its hello, or nothing at all. Nothing of it may become known, and nobody else may suffer.
 */

import { hlcFromUnixMs } from '../../src/core/clock.ts'
import { rowAtBirth } from '../../src/core/members.ts'
import type { Row } from '../../src/core/message.ts'
import { drawOrigin, formatOrigin } from '../../src/core/origin.ts'
import type { Link } from '../../src/core/ports.ts'
import type { Rng } from '../../src/core/rng.ts'
import { encodeClientMessage } from '../../src/wire/client-codec.ts'
import { encodeMessage, encodePeerHello } from '../../src/wire/peer-codec.ts'
import { WIRE_VERSION } from '../../src/wire/peer-messages.ts'
import { SIM_EPOCH_MS, type World } from '../world.ts'
import { anyOf, between } from './draw.ts'
import type { FaultFamily, FaultStep, Stage } from './fault.ts'
import { A_NODE, A_TIME, oneOf } from './fields.ts'
import { drawForMs } from './lanes.ts'
import { repeat } from './repeat.ts'

const WORDS = ['cluster', 'version', 'garbage', 'early', 'nothing'] as const

const DOORS = ['peers', 'clients'] as const

export interface StrangerFault extends FaultStep {
  readonly kind: 'stranger'
  readonly node: string
  /** Where it calls: where peers do, or where clients do. */
  readonly door: (typeof DOORS)[number]
  readonly says: (typeof WORDS)[number]
  readonly everyMs: number
}

/** Where it calls from. */
export const STRANGER = 'x1'
const STRANGE_CLUSTER = 'elsewhere'
/** Connections that it keeps at one time; then it drops the oldest. */
const LINKS_MAX = 32
const GARBAGE_BYTES_MAX = 300

export const stranger: FaultFamily<StrangerFault> = {
  kind: 'stranger',
  text: 'a stranger calls a node again and again: of another cluster, of another wire version, with garbage, or silent',
  fields: { node: A_NODE, door: oneOf(DOORS), says: oneOf(WORDS), everyMs: A_TIME },
  draw: (rng, { names }) => ({
    node: anyOf(rng, names),
    door: rng() < 0.7 ? 'peers' : 'clients',
    says: anyOf(rng, WORDS),
    everyMs: Math.round(between(rng, 20, 2_000)),
    forMs: drawForMs(rng),
  }),
  words: ({ node, door, says, everyMs }) =>
    `a stranger calls ${node} among its ${door} every ${everyMs} ms: ${MEANING[says]}`,
  where: ({ node }) => [node],
  strike: call,
}

const MEANING: Readonly<Record<StrangerFault['says'], string>> = {
  cluster: 'it is of another cluster',
  version: 'it is of another wire version',
  garbage: 'it says garbage',
  early: 'it does not say hello',
  nothing: 'it says nothing',
}

function call(fault: StrangerFault, { world, network }: Stage): () => void {
  const rng = world.rng(`stranger at ${fault.node}, ${fault.atMs}`)
  const transport = network.transport(STRANGER)
  const address = `sim://${fault.node}${fault.door === 'peers' ? '' : '/client'}`
  const links = new Set<Link>()
  const stop = repeat(world, fault.everyMs, () => {
    const [oldest] = links
    if (oldest !== undefined && links.size >= LINKS_MAX) oldest.close('enough')
    const link = transport.dial(address, {
      opened: () => {
        const frame = frameOf(fault, rng, world)
        if (frame !== undefined) link.send(frame)
      },
      frame: () => undefined,
      drained: () => undefined,
      closed: () => links.delete(link),
    })
    links.add(link)
  })
  return () => {
    stop()
    for (const link of links) link.close('gone')
  }
}

/** What the stranger says first, and last. */
function frameOf({ says, door }: StrangerFault, rng: Rng, world: World): Uint8Array | undefined {
  if (says === 'nothing') return undefined
  if (says === 'garbage') return garbage(rng)
  const row = rowOf(rng, world)
  if (says === 'early') {
    if (door === 'clients') return encodeClientMessage({ kind: 'get', id: 1, key: 'strange', wantValue: true })
    return encodeMessage({ row, body: { kind: 'row', rows: [] } })
  }
  const wire = says === 'version' ? WIRE_VERSION + 1 : WIRE_VERSION
  const cluster = says === 'cluster' ? STRANGE_CLUSTER : 'sim'
  if (door === 'clients') return encodeClientMessage({ kind: 'hello', wire, cluster })
  return encodePeerHello({ kind: 'hello', wire, cluster, row, features: [] })
}

/** As any member's. */
function rowOf(rng: Rng, world: World): Row {
  const birth = hlcFromUnixMs(SIM_EPOCH_MS + world.nowMs)
  const origin = formatOrigin(drawOrigin(STRANGER, 1, birth, rng))
  return rowAtBirth(origin, 1, `sim://${STRANGER}`, birth)
}

/** Bytes of chance, or arrays in arrays. */
function garbage(rng: Rng): Uint8Array {
  const bytes = new Uint8Array(Math.floor(rng() * GARBAGE_BYTES_MAX))
  return rng() < 0.3 ? bytes.fill(0x91) : bytes.map(() => Math.floor(rng() * 256))
}
