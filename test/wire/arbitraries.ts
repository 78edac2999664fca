/**
 * Any message that the wire can carry, for tests that say "for all". Everything drawn is inside the bounds of
 * PROTOCOL.md; sizes are small but for the odd key or value at its limit.
 */

import fc from 'fast-check'
import type { Change } from '../../src/core/change.ts'
import { HLC_MAX } from '../../src/core/clock.ts'
import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import { ERROR_CODES, type ErrorCode } from '../../src/core/errors.ts'
import { isKey, KEY_BYTES_MAX } from '../../src/core/key.ts'
import type { Message, Piece, Push, Row } from '../../src/core/message.ts'
import { formatOrigin, type OriginId } from '../../src/core/origin.ts'
import type { KeyRange } from '../../src/core/range.ts'
import type { VectorEntries } from '../../src/core/vector.ts'
import type { ClientMessage, NodeMessage } from '../../src/wire/client-messages.ts'
import { EXCHANGE_MAX, PIECE_INDEX_MAX } from '../../src/wire/limits.ts'
import { type PeerHello, WIRE_VERSION } from '../../src/wire/peer-messages.ts'

/** `fc.record` with plain objects only, which is what decoders make. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>
}

export const someTime: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: HLC_MAX }),
  fc.constantFrom(0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, HLC_MAX - 1, HLC_MAX),
)

export const someName: fc.Arbitrary<string> = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)

export const someOrigin: fc.Arbitrary<OriginId> = fc
  .record({
    name: fc.oneof(someName, fc.constantFrom('a', 'node-1')),
    run: fc.integer({ min: 1, max: 2 ** 32 }),
    birth: someTime,
    random: fc.stringMatching(/^[0-9a-z]{10}$/),
  })
  .map(formatOrigin)

export const someKey: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 6, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }) },
    { weight: 6, arbitrary: fc.string({ minLength: 1, maxLength: 60 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '\0',
        '__proto__',
        // A byte order mark is part of the key, in short keys and in long ones.
        '\ufeff',
        `\ufeff${'k'.repeat(100)}`,
        'k'.repeat(KEY_BYTES_MAX),
        '\u{1f600}'.repeat(KEY_BYTES_MAX / 4),
      ),
    },
  )
  .filter(isKey)

export const someValue: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 20, arbitrary: fc.uint8Array({ maxLength: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(255, 256, 65_535, 65_536).map((length) => new Uint8Array(length).fill(7)) },
)

export const someLabel: fc.Arbitrary<string> = fc.oneof(
  { weight: 10, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom('', 'ws://[::1]:7700', '\uffee'.repeat(256)) },
)

export const someHash: fc.Arbitrary<string> = fc.stringMatching(/^[0-9a-f]{16}$/)

export function entryOf(time: number, origin: OriginId): fc.Arbitrary<Entry> {
  return fc
    .tuple(someKey, fc.option(someValue, { nil: undefined }))
    .map(([key, value]) => (value === undefined ? tombstone(key, time, origin) : liveEntry(key, time, origin, value)))
}

export const someEntry: fc.Arbitrary<Entry> = fc
  .tuple(someTime, someOrigin)
  .chain(([time, origin]) => entryOf(time, origin))

/** Entries of few origins, as in real life. */
export const someEntries: fc.Arbitrary<readonly Entry[]> = fc
  .array(someOrigin, { minLength: 1, maxLength: 4 })
  .chain((origins) =>
    fc.array(
      fc.tuple(someTime, fc.constantFrom(...origins)).chain(([time, origin]) => entryOf(time, origin)),
      { maxLength: 12 },
    ),
  )

export const someVector: fc.Arbitrary<VectorEntries> = fc.uniqueArray(fc.tuple(someOrigin, someTime), {
  selector: ([origin]) => origin,
  maxLength: 8,
})

export const someRow: fc.Arbitrary<Row> = fc.tuple(someTime, someTime).chain(([one, other]) =>
  record<Row>({
    origin: someOrigin,
    seq: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    address: someLabel,
    last: fc.constant(Math.min(one, other)),
    clear: fc.constant(Math.max(one, other)),
    low: fc.oneof(someTime, fc.constant(-1)),
    h: someHash,
  }),
)

export const somePush: fc.Arbitrary<Push> = fc
  .tuple(someOrigin, fc.uniqueArray(someTime, { minLength: 2, maxLength: 12 }))
  .chain(([origin, times]) => {
    const [after = 0, ...rising] = times.sort((a, b) => a - b)
    return fc
      .tuple(...rising.map((time) => entryOf(time, origin)))
      .map((entries): Push => ({ kind: 'push', origin, after, upTo: rising.at(-1) ?? after, entries }))
  })

const someExchange = fc.integer({ min: 0, max: EXCHANGE_MAX })
const someIndex = fc.integer({ min: 0, max: PIECE_INDEX_MAX })

export const somePiece: fc.Arbitrary<Piece> = record<Piece>({
  kind: fc.constant('piece'),
  exchange: someExchange,
  giver: someOrigin,
  index: someIndex,
  entries: someEntries,
  end: fc.option(record({ seen: someVector, written: someVector }), { nil: undefined }),
})

export const someMessage: fc.Arbitrary<Message> = record<Message>({
  row: someRow,
  body: fc.oneof(
    somePush,
    somePiece,
    record({ kind: fc.constant('row' as const), rows: fc.array(someRow, { maxLength: 5 }) }),
    record({ kind: fc.constant('digest' as const), written: someHash, fingerprint: someHash }),
    record({ kind: fc.constant('same' as const) }),
    record({ kind: fc.constant('pull' as const), exchange: someExchange, next: someIndex, seen: someVector }),
    record({ kind: fc.constant('ended' as const), exchange: someExchange }),
  ),
})

export const somePeerHello: fc.Arbitrary<PeerHello> = record<PeerHello>({
  kind: fc.constant('hello'),
  wire: fc.constant(WIRE_VERSION),
  cluster: someLabel,
  row: someRow,
  features: fc.array(someLabel, { maxLength: 32 }),
})

const someId = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(1, 2 ** 32, Number.MAX_SAFE_INTEGER))

const someChange: fc.Arbitrary<Change> = record<Change>({
  key: someKey,
  value: fc.option(someValue, { nil: undefined }),
})

export const someRange: fc.Arbitrary<KeyRange> = fc
  .tuple(
    fc.oneof(fc.constant({}), record({ gt: someKey }), record({ gte: someKey })),
    fc.oneof(fc.constant({}), record({ lt: someKey }), record({ lte: someKey })),
  )
  .map(([lower, upper]) => ({ ...lower, ...upper }))

export const someClientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  record<ClientMessage>({ kind: fc.constant('hello'), wire: fc.constant(WIRE_VERSION), cluster: someLabel }),
  record<ClientMessage>({ kind: fc.constant('get'), id: someId, key: someKey, wantValue: fc.boolean() }),
  record<ClientMessage>({
    kind: fc.constant('write'),
    id: someId,
    changes: fc.array(someChange, { minLength: 1, maxLength: 8 }),
  }),
  record<ClientMessage>({
    kind: fc.constant('scan'),
    id: someId,
    range: someRange,
    reverse: fc.boolean(),
    limit: fc.nat(),
    wantValues: fc.boolean(),
    wantTombstones: fc.boolean(),
  }),
  record<ClientMessage>({ kind: fc.constant('watch'), id: someId, range: someRange }),
  record<ClientMessage>({ kind: fc.constant('unwatch'), id: someId, watch: someId }),
  record<ClientMessage>({ kind: fc.constant('status'), id: someId }),
  record<ClientMessage>({ kind: fc.constant('members'), id: someId }),
  record<ClientMessage>({ kind: fc.constant('ping'), id: someId }),
  record<ClientMessage>({ kind: fc.constant('fault'), id: someId, refuse: fc.array(someName, { maxLength: 5 }) }),
)

const someVersion = record({ time: someTime, origin: someOrigin })
const someReport = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown)

export const someNodeMessage: fc.Arbitrary<NodeMessage> = fc.oneof(
  record<NodeMessage>({
    kind: fc.constant('hello'),
    wire: fc.constant(WIRE_VERSION),
    cluster: someLabel,
    name: someName,
    valueBytesMax: fc.integer({ min: 1 }),
    frameBytesMax: fc.integer({ min: 1 }),
  }),
  record<NodeMessage>({
    kind: fc.constant('entry'),
    id: someId,
    entry: fc.option(someEntry, { nil: undefined }),
  }),
  record<NodeMessage>({ kind: fc.constant('written'), id: someId, version: someVersion }),
  record<NodeMessage>({ kind: fc.constant('page'), id: someId, entries: someEntries, more: fc.boolean() }),
  record<NodeMessage>({ kind: fc.constant('events'), id: someId, entries: someEntries, ready: fc.boolean() }),
  record<NodeMessage>({ kind: fc.constant('report'), id: someId, report: someReport }),
  record<NodeMessage>({ kind: fc.constant('done'), id: someId }),
  record<NodeMessage>({
    kind: fc.constant('error'),
    id: fc.oneof(someId, fc.constant(0)),
    code: fc.constantFrom(...(Object.keys(ERROR_CODES) as ErrorCode[])),
    message: fc.string({ unit: 'grapheme' }),
    maybeApplied: fc.boolean(),
  }),
)
