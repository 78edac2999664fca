/**
 * Any message that the wire can carry, for tests that say "for all". Everything drawn is inside the bounds of
 * PROTOCOL.md; sizes are small but for the odd key or value at its limit.
 */

import fc from 'fast-check'
import type { Change } from '../../src/core/change.ts'
import { HLC_MAX } from '../../src/core/clock.ts'
import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import { ERROR_CODES, type ErrorCode } from '../../src/core/errors.ts'
import type { GiverState } from '../../src/core/giver-state.ts'
import { isKey, KEY_BYTES_MAX } from '../../src/core/key.ts'
import type { Body, Message, Piece, Push, Row } from '../../src/core/message.ts'
import { formatOrigin, type OriginId } from '../../src/core/origin.ts'
import type { KeyRange } from '../../src/core/range.ts'
import type { RepairBody, SketchView } from '../../src/core/repair-message.ts'
import type { VectorEntries } from '../../src/core/vector.ts'
import type { ClientMessage, NodeMessage } from '../../src/wire/client-messages.ts'
import { EXCHANGE_MAX, FIELD, PIECE_INDEX_MAX, TTL_MS_MAX, UNIX_MS_MAX } from '../../src/wire/limits.ts'
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
    run: fc.integer({ min: 1, max: 2 ** 31 }),
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

export const someUnixMs: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: UNIX_MS_MAX }),
  fc.constantFrom(0, 1_767_225_600_000, UNIX_MS_MAX),
)

const someExpiry = fc.option(someUnixMs, { nil: undefined })

/** 0, or a time below `time`. */
function priorOf(time: number): fc.Arbitrary<number> {
  return time < 2
    ? fc.constant(0)
    : fc.oneof(fc.constant(0), fc.constantFrom(1, time - 1), fc.integer({ min: 1, max: time - 1 }))
}

/** `mayBeExpired`: as watchers are told, a tombstone may say when its value expired. */
export function entryOf(time: number, origin: OriginId, mayBeExpired = false): fc.Arbitrary<Entry> {
  return fc
    .tuple(someKey, fc.option(someValue, { nil: undefined }), priorOf(time), someExpiry)
    .map(([key, value, prior, expiresAt]) =>
      value === undefined
        ? tombstone(key, time, origin, prior, mayBeExpired ? expiresAt : undefined)
        : liveEntry(key, time, origin, value, prior, expiresAt),
    )
}

export const someEntry: fc.Arbitrary<Entry> = fc
  .tuple(someTime, someOrigin)
  .chain(([time, origin]) => entryOf(time, origin))

/** Entries of few origins, as in real life. */
function entriesOf(mayBeExpired: boolean): fc.Arbitrary<readonly Entry[]> {
  return fc.array(someOrigin, { minLength: 1, maxLength: 4 }).chain((origins) =>
    fc.array(
      fc.tuple(someTime, fc.constantFrom(...origins)).chain(([time, origin]) => entryOf(time, origin, mayBeExpired)),
      { maxLength: 12 },
    ),
  )
}

export const someEntries: fc.Arbitrary<readonly Entry[]> = entriesOf(false)
export const someEventEntries: fc.Arbitrary<readonly Entry[]> = entriesOf(true)

export const someVector: fc.Arbitrary<VectorEntries> = fc.uniqueArray(fc.tuple(someOrigin, someTime), {
  selector: ([origin]) => origin,
  maxLength: 8,
})

export const someRow: fc.Arbitrary<Row> = fc.tuple(someTime, someTime, fc.boolean()).chain(([one, other, joining]) =>
  record<Row>({
    origin: someOrigin,
    seq: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    address: someLabel,
    last: fc.constant(Math.min(one, other)),
    clear: fc.constant(Math.max(one, other)),
    low: joining ? fc.constant(-1) : fc.oneof(someTime, fc.constant(-1)),
    h: someHash,
    wallMs: someUnixMs,
    gone: someHash,
    joining: fc.constant(joining),
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
const someState = record<GiverState>({ seen: someVector, written: someVector, floor: someTime })
const someRest = fc.option(someHash, { nil: undefined })

export const somePiece: fc.Arbitrary<Piece> = record<Piece>({
  kind: fc.constant('piece'),
  exchange: someExchange,
  giver: someOrigin,
  index: someIndex,
  entries: someEntries,
  end: fc.option(someState, { nil: undefined }),
})

const someK = fc.oneof(fc.integer({ min: 0, max: FIELD - 1 }), fc.constantFrom(0, FIELD - 1))
const someWord = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, FIELD, 2 ** 32 - 1))

/** Bytes that hold these words. */
function wordBytes(words: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * words.length)
  for (const [i, word] of words.entries()) bytes.writeUInt32LE(word, 4 * i)
  return Uint8Array.from(bytes)
}

export const someCells: fc.Arbitrary<Uint8Array> = fc
  .array(fc.tuple(someK, someK, someK), { maxLength: 20 })
  .map((cells) => wordBytes(cells.flat()))

const someSums = (ranges: number): fc.Arbitrary<Uint32Array> =>
  fc
    .array(someWord, { minLength: 48 * ranges, maxLength: 48 * ranges, size: 'max' })
    .map((words) => Uint32Array.from(words))

const someCount = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const someEstimator = fc.uint8Array({ minLength: 72, maxLength: 72 })

const someView: fc.Arbitrary<SketchView> = record<SketchView>({
  seen: someVector,
  written: someVector,
  floor: someTime,
  count: someCount,
  sum: someHash,
  estimator: someEstimator,
})

function rangesOf(depth: number): fc.Arbitrary<number[]> {
  return fc.uniqueArray(fc.integer({ min: 0, max: 16 ** depth - 1 }), { maxLength: 5 })
}

export const someRepair: fc.Arbitrary<RepairBody> = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 32_768 }), fc.integer({ min: 0, max: 32_768 })).chain(([one, other]) =>
    record<RepairBody>({
      kind: fc.constant('compare'),
      exchange: someExchange,
      from: fc.constant(Math.min(one, other)),
      to: fc.constant(Math.max(one, other)),
      seen: someVector,
      rest: someRest,
    }),
  ),
  record<RepairBody>({
    kind: fc.constant('sketch'),
    exchange: someExchange,
    giver: someOrigin,
    from: fc.integer({ min: 0, max: 32_768 - 20 }),
    cells: someCells,
    view: fc.option(someView, { nil: undefined }),
  }),
  fc.integer({ min: 0, max: 3 }).chain((depth) =>
    record<RepairBody>({
      kind: fc.constant('split'),
      exchange: someExchange,
      depth: fc.constant(depth),
      ranges: rangesOf(depth),
    }),
  ),
  fc.integer({ min: 0, max: 3 }).chain((depth) =>
    rangesOf(depth).chain((ranges) =>
      record<RepairBody>({
        kind: fc.constant('parts'),
        exchange: someExchange,
        giver: someOrigin,
        depth: fc.constant(depth),
        ranges: fc.constant(ranges),
        sums: someSums(ranges.length),
      }),
    ),
  ),
  fc.integer({ min: 1, max: 4 }).chain((depth) =>
    record<RepairBody>({
      kind: fc.constant('list'),
      exchange: someExchange,
      depth: fc.constant(depth),
      ranges: rangesOf(depth),
    }),
  ),
  fc.integer({ min: 1, max: 4 }).chain((depth) =>
    record<RepairBody>({
      kind: fc.constant('listed'),
      exchange: someExchange,
      giver: someOrigin,
      depth: fc.constant(depth),
      ranges: rangesOf(depth),
      pairs: fc.array(fc.tuple(someK, someWord), { maxLength: 20 }).map((pairs) => Uint32Array.from(pairs.flat())),
    }),
  ),
  record<RepairBody>({
    kind: fc.constant('want'),
    exchange: someExchange,
    batch: someIndex,
    ks: fc.array(someK, { minLength: 1, maxLength: 20 }),
  }),
  record<RepairBody>({
    kind: fc.constant('answer'),
    exchange: someExchange,
    giver: someOrigin,
    batch: someIndex,
    answered: fc.integer({ min: 1, max: 65_536 }),
    entries: someEntries,
  }),
)

export const someMessage: fc.Arbitrary<Message> = record<Message>({
  row: someRow,
  body: fc.oneof(
    somePush,
    somePiece,
    record({ kind: fc.constant('row' as const), rows: fc.array(someRow, { maxLength: 5 }) }),
    record<Body>({
      kind: fc.constant('digest'),
      written: someHash,
      fingerprint: someHash,
      cutoff: fc.option(record({ time: someTime, fingerprint: someHash, view: someHash }), { nil: undefined }),
    }),
    record({ kind: fc.constant('same' as const) }),
    record<Body>({
      kind: fc.constant('pull'),
      exchange: someExchange,
      next: someIndex,
      seen: someVector,
      rest: someRest,
      of: fc.constantFrom('missing', 'all', 'salvaged'),
    }),
    record<Body>({ kind: fc.constant('gone'), marks: fc.array(someOrigin, { maxLength: 5 }) }),
    record<Body>({ kind: fc.constant('whole'), exchange: someExchange }),
    record<Body>({ kind: fc.constant('unsafe'), exchange: someExchange, seen: someVector, floor: someTime }),
    { weight: 8, arbitrary: someRepair },
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

const someTtl = fc.option(fc.oneof(fc.integer({ min: 1, max: TTL_MS_MAX }), fc.constantFrom(1, TTL_MS_MAX)), {
  nil: undefined,
})

const someChange: fc.Arbitrary<Change> = fc.oneof(
  record<Change>({ key: someKey, value: someValue, ttlMs: someTtl }),
  record<Change>({ key: someKey, value: fc.constant(undefined), ttlMs: fc.constant(undefined) }),
)

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
  record<ClientMessage>({ kind: fc.constant('forget'), id: someId, name: someName }),
  record<ClientMessage>({ kind: fc.constant('sync'), id: someId, peer: someName }),
  record<ClientMessage>({ kind: fc.constant('resetClock'), id: someId }),
  record<ClientMessage>({
    kind: fc.constant('conflicts'),
    id: someId,
    prefix: fc.oneof(fc.constant(''), someKey),
    limit: fc.nat(),
  }),
  record<ClientMessage>({ kind: fc.constant('sketch'), id: someId, cells: fc.integer({ min: 1, max: 32_768 }) }),
  record<ClientMessage>({ kind: fc.constant('backup'), id: someId, offset: fc.maxSafeNat() }),
  record<ClientMessage>({ kind: fc.constant('resolve'), id: someId, ks: fc.array(someK, { maxLength: 20 }) }),
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
    stalenessMs: fc.option(someCount, { nil: undefined }),
  }),
  record<NodeMessage>({ kind: fc.constant('written'), id: someId, version: someVersion }),
  record<NodeMessage>({ kind: fc.constant('page'), id: someId, entries: someEntries, more: fc.boolean() }),
  record<NodeMessage>({ kind: fc.constant('events'), id: someId, entries: someEventEntries, ready: fc.boolean() }),
  record<NodeMessage>({ kind: fc.constant('report'), id: someId, report: someReport }),
  record<NodeMessage>({ kind: fc.constant('done'), id: someId }),
  record<NodeMessage>({ kind: fc.constant('chunk'), id: someId, bytes: fc.uint8Array(), more: fc.boolean() }),
  record<NodeMessage>({
    kind: fc.constant('sketch'),
    id: someId,
    cells: someCells,
    view: record({ count: someCount, sum: someHash, estimator: someEstimator }),
  }),
  record<NodeMessage>({
    kind: fc.constant('error'),
    id: fc.oneof(someId, fc.constant(0)),
    code: fc.constantFrom(...(Object.keys(ERROR_CODES) as ErrorCode[])),
    message: fc.string({ unit: 'grapheme' }),
    maybeApplied: fc.boolean(),
  }),
)
