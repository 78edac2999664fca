/**
 * What peers and clients say to a node, at random, and how it is spoiled on its way. One stream of chance makes all of
 * it.
 */

import { liveEntry, tombstone } from '../../src/core/entry.ts'
import type { Body, Row } from '../../src/core/message.ts'
import { formatOrigin } from '../../src/core/origin.ts'
import type { Rng } from '../../src/core/rng.ts'
import { encodeClientMessage } from '../../src/wire/client-codec.ts'
import { encodeMessage, encodePeerHello } from '../../src/wire/peer-codec.ts'
import { WIRE_VERSION } from '../../src/wire/peer-messages.ts'

export const CLUSTER = 'fuzz'

export type Speaker = 'client' | 'peer'

export class WireFrames {
  readonly #rng: Rng

  constructor(rng: Rng) {
    this.#rng = rng
  }

  /** Most links say a proper hello first, so that the frames get past the door. */
  hello(kind: Speaker, number: number): Uint8Array | undefined {
    if (this.#rng() >= 0.9) return undefined
    if (kind === 'client') return encodeClientMessage({ kind: 'hello', wire: WIRE_VERSION, cluster: CLUSTER })
    return encodePeerHello({
      kind: 'hello',
      wire: WIRE_VERSION,
      cluster: CLUSTER,
      row: this.#row(number),
      features: [],
    })
  }

  frame(kind: Speaker, number: number): Uint8Array {
    const id = 1 + Math.floor(this.#rng() * 1e6)
    const key = `k${Math.floor(this.#rng() * 100)}`
    const value = new Uint8Array(Math.floor(this.#rng() * 64)).fill(7)
    if (kind === 'client') {
      const requests = [
        { kind: 'get', id, key, wantValue: true },
        {
          kind: 'write',
          id,
          changes: [
            { key, value, ttlMs: 1 + Math.floor(this.#rng() * 1e6) },
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
      return encodeClientMessage(this.#pick(requests))
    }
    const origin = originOf(number)
    const entries = [liveEntry(key, 11, origin, value, 5, Date.now() + 1_000), tombstone(`${key}x`, 12, origin)]
    const seen = [[origin, 12]] as const
    const rest = '00112233aabbccdd'
    const state = { seen, written: seen, floor: 6 }
    const question = { exchange: id, depth: 1, ranges: [0, 7] }
    const bodies: Body[] = [
      { kind: 'push', origin, after: 1, upTo: 12, entries },
      { kind: 'row', rows: [this.#row(number + 100)] },
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
    return encodeMessage({ row: this.#row(number), body: this.#pick(bodies) })
  }

  /** Flips, cuts, doubles, inserts or leaves bytes alone. */
  mutate(original: Uint8Array): Uint8Array {
    const kind = this.#rng()
    const at = Math.floor(this.#rng() * original.length)
    if (kind < 0.1) return original
    if (kind < 0.25) return original.slice(0, at)
    if (kind < 0.35)
      return Uint8Array.from({ length: Math.floor(this.#rng() * 300) }, () => Math.floor(this.#rng() * 256))
    if (kind < 0.45)
      return Uint8Array.from([...original.slice(0, at), Math.floor(this.#rng() * 256), ...original.slice(at)])
    if (kind < 0.5) return Uint8Array.from([...original, ...original])
    const bytes = original.slice()
    for (let i = 0; i <= Math.floor(this.#rng() * 4); i++) {
      bytes[Math.floor(this.#rng() * bytes.length)] =
        this.#rng() < 0.5
          ? this.#pick([0, 0x7f, 0x80, 0xc0, 0xc1, 0xd9, 0xdd, 0xdf, 0xff])
          : Math.floor(this.#rng() * 256)
    }
    return bytes
  }

  #row(number: number): Row {
    const origin = originOf(number)
    return {
      origin,
      seq: 1 + Math.floor(this.#rng() * 1e6),
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

  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#rng() * items.length)]
    if (item === undefined) throw new Error('there is nothing to pick from')
    return item
  }
}

function originOf(number: number): string {
  return formatOrigin({ name: `peer${number}`, run: 1, birth: 1, random: 'abcdefghij' })
}
