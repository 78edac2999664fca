/**
 * `npm run fuzz`: throws mutated frames at a running node, as a client and as a peer, over real WebSockets. The node must
 * still serve afterwards, and its heap must come back. Prints what was sent and what the node made of it.
 */

import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { liveEntry, tombstone } from '../src/core/entry.ts'
import type { Body, Row } from '../src/core/message.ts'
import { formatOrigin } from '../src/core/origin.ts'
import type { Link } from '../src/core/ports.ts'
import { type Rng, seededRng } from '../src/core/rng.ts'
import { createNode } from '../src/node/create-node.ts'
import { createWsTransport } from '../src/transport/ws-transport.ts'
import { encodeClientMessage } from '../src/wire/client-codec.ts'
import { FRAME_BYTES_MAX } from '../src/wire/limits.ts'
import { encodeMessage, encodePeerHello } from '../src/wire/peer-codec.ts'
import { WIRE_VERSION } from '../src/wire/peer-messages.ts'

const argv = yargs(hideBin(process.argv))
  .scriptName('npm run fuzz --')
  .option('frames', { type: 'number', default: 200_000, describe: 'mutated frames to send' })
  .option('seed', { type: 'number', default: 1, describe: 'seed of the mutations' })
  .option('links', { type: 'number', default: 16, describe: 'links at a time' })
  .strict()
  .parseSync()

/** Frames on one link before it is closed from this side: fresh links meet fresh state. */
const FRAMES_A_LINK = 200
const CLUSTER = 'fuzz'

const rng = seededRng(argv.seed)
const node = await createNode({ name: 'target', cluster: CLUSTER, listen: '127.0.0.1:0', logLevel: 'silent' })
await node.put('before', 'still here')
let failure: unknown
process.on('uncaughtException', (error) => {
  failure ??= error
})

const limits = { frameBytesMax: FRAME_BYTES_MAX, highWaterBytes: 1 << 23, lowWaterBytes: 1 << 20, dialTimeoutMs: 5_000 }
const transports = {
  client: createWsTransport({ ...limits, path: '/' }),
  peer: createWsTransport({ ...limits, path: '/peer' }),
}

let sent = 0
const closed = new WeakSet<Link>()
let links = 0
const heapBefore = heapBytes()
const started = performance.now()
await Promise.all(Array.from({ length: argv.links }, (_, i) => attack(i % 2 === 0 ? 'client' : 'peer', i)))
const seconds = (performance.now() - started) / 1000

await new Promise((resolve) => setTimeout(resolve, 1_000))
const heapAfter = heapBytes()
const before = await node.get('before')
await node.put('after', 'still writable')
const after = await node.get('after')
const { counters, members, keys } = node.status()
await node.close()

const isWell = failure === undefined && before === 'still here' && after === 'still writable'
process.stdout.write(
  `${sent} mutated frames over ${links} links in ${seconds.toFixed(1)} s\n` +
    `frames refused from peers: ${counters.peerErrors ?? 0}; keys ${keys}; members believed: ${JSON.stringify(members)}\n` +
    `heap ${(heapBefore / 1e6).toFixed(1)} MB before, ${(heapAfter / 1e6).toFixed(1)} MB after\n` +
    `${isWell ? 'the node still serves' : `FAILED: ${String(failure)}`}\n`,
)
process.exit(isWell ? 0 : 1)

async function attack(kind: 'client' | 'peer', number: number): Promise<void> {
  while (sent < argv.frames && failure === undefined) {
    links++
    await new Promise<void>((resolve) => {
      let link: Link | undefined
      link = transports[kind].dial(node.url, {
        opened: () => link !== undefined && flood(link, kind, number),
        frame: () => {},
        drained: () => {},
        closed: () => {
          if (link !== undefined) closed.add(link)
          resolve()
        },
      })
    })
  }
}

function flood(link: Link, kind: 'client' | 'peer', number: number): void {
  // Most links say a proper hello first, so that the frames get past the door.
  if (rng() < 0.9) link.send(hello(kind, number))
  let left = Math.min(FRAMES_A_LINK, argv.frames - sent)
  const next = (): void => {
    if (closed.has(link)) return
    if (left-- === 0) {
      link.close('enough')
      return
    }
    link.send(mutate(frame(kind, number), rng))
    sent++
    // One a turn: what is sent to a link that the node has closed meanwhile tests nothing.
    setImmediate(next)
  }
  next()
}

function hello(kind: 'client' | 'peer', number: number): Uint8Array {
  if (kind === 'client') return encodeClientMessage({ kind: 'hello', wire: WIRE_VERSION, cluster: CLUSTER })
  return encodePeerHello({ kind: 'hello', wire: WIRE_VERSION, cluster: CLUSTER, row: row(number), features: [] })
}

function row(number: number): Row {
  const origin = originOf(number)
  return {
    origin,
    seq: 1 + Math.floor(rng() * 1e6),
    address: '',
    last: 10,
    clear: 20 + number,
    low: 5,
    h: '00112233aabbccdd',
    wallMs: Date.now(),
    gone: '0123456789abcdef',
    joining: false,
  }
}

function originOf(number: number): string {
  return formatOrigin({ name: `peer${number}`, run: 1, birth: 1, random: 'abcdefghij' })
}

function frame(kind: 'client' | 'peer', number: number): Uint8Array {
  const id = 1 + Math.floor(rng() * 1e6)
  const key = `k${Math.floor(rng() * 100)}`
  const value = new Uint8Array(Math.floor(rng() * 64)).fill(7)
  if (kind === 'client') {
    const requests = [
      { kind: 'get', id, key, wantValue: true },
      {
        kind: 'write',
        id,
        changes: [
          { key, value, ttlMs: 1 + Math.floor(rng() * 1e6) },
          { key: `${key}x`, value: undefined },
        ],
      },
      {
        kind: 'scan',
        id,
        range: { gte: 'a', lt: 'z' },
        reverse: false,
        limit: 10,
        wantValues: true,
        wantTombstones: true,
      },
      { kind: 'watch', id, range: {} },
      { kind: 'unwatch', id, watch: id - 1 },
      { kind: 'status', id },
      { kind: 'members', id },
      { kind: 'ping', id },
      { kind: 'fault', id, refuse: ['x'] },
      { kind: 'forget', id, name: 'x' },
      { kind: 'sync', id, peer: 'x' },
      { kind: 'resetClock', id },
      { kind: 'conflicts', id, prefix: 'k', limit: 10 },
      { kind: 'sketch', id, cells: 64 },
      { kind: 'resolve', id, ks: [1, 2, 3] },
    ] as const
    return encodeClientMessage(pick(requests))
  }
  const origin = originOf(number)
  const entries = [liveEntry(key, 11, origin, value, 5, Date.now() + 1_000), tombstone(`${key}x`, 12, origin)]
  const seen = [[origin, 12]] as const
  const rest = '00112233aabbccdd'
  const state = { seen, written: seen, floor: 6 }
  const question = { exchange: id, depth: 1, ranges: [0, 7] }
  const bodies: Body[] = [
    { kind: 'push', origin, after: 1, upTo: 12, entries },
    { kind: 'row', rows: [row(number + 100)] },
    { kind: 'digest', written: rest, fingerprint: rest, cutoff: undefined },
    { kind: 'digest', written: rest, fingerprint: rest, cutoff: { time: 9, fingerprint: rest, view: rest } },
    { kind: 'same' },
    { kind: 'gone', marks: [originOf(number + 100)] },
    { kind: 'pull', exchange: id, next: 0, seen, rest, of: 'missing' },
    { kind: 'pull', exchange: id, next: 0, seen: [], rest: undefined, of: 'all' },
    { kind: 'pull', exchange: id, next: 3, seen: [], rest: undefined, of: 'missing' },
    { kind: 'piece', exchange: id, giver: origin, index: 0, entries, end: state },
    { kind: 'ended', exchange: id },
    { kind: 'whole', exchange: id },
    { kind: 'unsafe', exchange: id, seen, floor: 6 },
    { kind: 'compare', exchange: id, from: 0, to: 64, seen, rest: undefined },
    { kind: 'compare', exchange: id, from: 64, to: 96, seen: [], rest },
    {
      kind: 'sketch',
      exchange: id,
      giver: origin,
      from: 0,
      cells: new Uint8Array(96),
      view: { ...state, count: 2, sum: rest, estimator: new Uint8Array(72) },
    },
    { kind: 'split', ...question },
    { kind: 'parts', ...question, giver: origin, sums: new Uint32Array(2 * 48) },
    { kind: 'list', ...question },
    { kind: 'listed', ...question, giver: origin, pairs: Uint32Array.of(1, 2, 3, 4) },
    { kind: 'want', exchange: id, batch: 0, ks: [1, 2, 3] },
    { kind: 'answer', exchange: id, giver: origin, batch: 0, answered: 3, entries },
  ]
  return encodeMessage({ row: row(number), body: pick(bodies) })
}

/** Flips, cuts, doubles, inserts or leaves bytes alone. */
function mutate(original: Uint8Array, chance: Rng): Uint8Array {
  const kind = chance()
  const at = Math.floor(chance() * original.length)
  if (kind < 0.1) return original
  if (kind < 0.25) return original.slice(0, at)
  if (kind < 0.35) return Uint8Array.from({ length: Math.floor(chance() * 300) }, () => Math.floor(chance() * 256))
  if (kind < 0.45) return Uint8Array.from([...original.slice(0, at), Math.floor(chance() * 256), ...original.slice(at)])
  if (kind < 0.5) return Uint8Array.from([...original, ...original])
  const bytes = original.slice()
  for (let i = 0; i <= Math.floor(chance() * 4); i++) {
    bytes[Math.floor(chance() * bytes.length)] =
      chance() < 0.5 ? pick([0, 0x7f, 0x80, 0xc0, 0xc1, 0xd9, 0xdd, 0xdf, 0xff]) : Math.floor(chance() * 256)
  }
  return bytes
}

function pick<T>(items: readonly T[]): T {
  const item = items[Math.floor(rng() * items.length)]
  if (item === undefined) throw new Error('there is nothing to pick from')
  return item
}

function heapBytes(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
