/**
 * A folder as a node leaves it, with a checkpoint and segments behind it, written by the real log; and all that is true
 * of it: each record, and where its bytes are. The places are found by the lengths alone, not by the code under test.
 */

import type { LogRecord } from '../../src/core/record.ts'
import { seededRng } from '../../src/core/rng.ts'
import { fileNumber, segmentName } from '../../src/storage/segment.ts'
import type { Image } from './memory-disk.ts'
import { OWNER, openAll } from './opening.ts'
import { isSameRecord } from './same-record.ts'
import { replicaAfter } from './state-facts.ts'
import { Story } from './story.ts'

const FRAME_BYTES = 20
const UNKNOWN = 0xffffffff

/** A record of the log, and its bytes. */
export interface TrueRecord {
  readonly record: LogRecord
  readonly file: string
  /** In the file. */
  readonly offset: number
  readonly end: number
  /** In the log: where it begins. */
  readonly position: number
  /** Up to which position the log was synced when it was made, as it says; −1 when it does not. */
  readonly synced: number
}

export interface TrueLog {
  readonly image: Image
  /** Names, the checkpoint first, then the segments in order. */
  readonly files: readonly string[]
  /** What a start hands over, in order. */
  readonly list: readonly TrueRecord[]
  /** Those without which the checkpoint says nothing true. */
  readonly needed: number
  /** All that was ever appended, from the beginning. */
  readonly story: readonly LogRecord[]
  /** Of these, how many the checkpoint stands for. */
  readonly base: number
  readonly headerBytes: number
  readonly segmentBytesMax: number
}

export interface TrueLogOptions {
  readonly seed: number
  /** Bytes of the checkpoint, about, and of the segments behind it together. */
  readonly halfBytes: number
}

export function writeTrueLog({ seed, halfBytes }: TrueLogOptions): TrueLog {
  const keys = Math.max(12, Math.floor(halfBytes / 90))
  const story = new Story({ seed, name: OWNER.name, keys, valueBytesMax: 90 })
  const rng = seededRng(seed + 1)
  const segmentBytesMax = Math.max(400, Math.floor(halfBytes / 3))
  const appended: LogRecord[] = []
  let isDue = false
  let snapshot: LogRecord[] = []
  const state = {
    liveBytes: () => (isDue ? 0 : Number.MAX_SAFE_INTEGER),
    endTurn: () => {},
    snapshot: () => {
      isDue = false
      snapshot = snapshotOf(appended)
      return snapshot.values()
    },
  }
  const opening = openAll(new Map(), { segmentBytesMax, state, rng: seededRng(seed + 2) })
  const { disk, log } = opening
  if (log === undefined) throw new Error('a new log could not be begun')
  /** In groups of one to four records. */
  const append = (): void => {
    for (let left = 1 + Math.floor(rng() * 4); left > 0; left--) {
      const record = story.next()
      appended.push(record)
      log.append(appended.length, record)
    }
    log.flush()
  }
  const idle = (): void => void disk.run(() => false)
  while (bytesOf(snapshotOf(appended)) < halfBytes) {
    for (let i = 0; i < 5; i++) append()
    idle()
  }
  isDue = true
  append()
  const base = appended.length
  // More comes while it is written: it is true only together with that.
  for (let i = 0; i < 3; i++) append()
  idle()
  const from = appended.length
  let bytes = 0
  while (bytes < halfBytes || appended.at(-1)?.kind !== 'write') {
    append()
    idle()
    bytes = bytesOf(appended.slice(from))
  }
  let isClosed = false
  log.close(() => {
    isClosed = true
  })
  idle()
  if (!isClosed || log.counters.checkpointsWritten !== 1) throw new Error('the log was not written as planned')
  return describe(disk.image(), appended, base, snapshot, segmentBytesMax)
}

function snapshotOf(records: readonly LogRecord[]): LogRecord[] {
  const replica = replicaAfter(records)
  const own = records.findLast((record) => record.kind === 'origin')
  const taken: LogRecord[] = []
  for (const record of iterate(replica.snapshot())) {
    // The run that was drawn to look at it is nobody's.
    taken.push(record.kind === 'origin' && own !== undefined ? own : record)
    if (record.kind === 'vector') taken.push(...unfinished(records))
  }
  return taken
}

function* iterate(records: Iterator<LogRecord> | undefined): Iterable<LogRecord> {
  for (let next = records?.next(); next !== undefined && next.done !== true; next = records?.next()) yield next.value
}

/** Pieces of a pull that goes on. */
function unfinished(records: readonly LogRecord[]): LogRecord[] {
  const since = records.findLastIndex(({ kind }) => kind === 'commit' || kind === 'mend')
  return records.slice(since + 1).filter(({ kind }) => kind === 'stage')
}

function bytesOf(records: readonly LogRecord[]): number {
  let bytes = 0
  for (const record of records) {
    bytes += 60
    if ('entries' in record)
      for (const { key, value } of record.entries) bytes += 16 + key.length + (value?.length ?? 0)
  }
  return bytes
}

function describe(
  image: Map<string, Uint8Array>,
  story: readonly LogRecord[],
  base: number,
  snapshot: readonly LogRecord[],
  segmentBytesMax: number,
): TrueLog {
  const names = [...image.keys()].sort()
  const checkpoint = names.find((name) => name.endsWith('.checkpoint')) ?? ''
  const files = [checkpoint, ...names.filter((name) => fileNumber('segment', name) !== undefined)]
  const first = files[1] ?? ''
  if (first !== segmentName(fileNumber('checkpoint', checkpoint) ?? 0)) throw new Error('segments were left behind')
  const places = files.flatMap((file) => placesIn(file, image.get(file) ?? new Uint8Array()))
  const ofCheckpoint = places.filter(({ file }) => file === checkpoint).length
  const read = openAll(image, { segmentBytesMax }).records
  const through = read.find((record) => record.kind === 'end')?.through ?? 0
  const start = story.length - (places.length - ofCheckpoint)
  const records: LogRecord[] = [
    { kind: 'base', records: start },
    ...snapshot,
    { kind: 'end', through },
    ...story.slice(start),
  ]
  if (records.length !== places.length || read.length !== records.length) throw new Error('records are missing')
  const wrong = records.findIndex((record, i) => !isSameRecord(record, read[i] ?? record))
  if (wrong >= 0 || start !== base)
    throw new Error(`the log does not hold what was appended: ${wrong}, ${start}, ${base}`)
  const list = places.map((place, i) => ({ ...place, record: records[i] as LogRecord }))
  const needed = list.filter(({ file, position }) => file === checkpoint || position < through).length
  const headerBytes = headerBytesOf(image.get(checkpoint) ?? new Uint8Array())
  return { image, files, list, needed, story, base: start, headerBytes, segmentBytesMax }
}

function headerBytesOf(bytes: Uint8Array): number {
  return Buffer.from(bytes).readUInt16LE(10)
}

function placesIn(file: string, content: Uint8Array): Omit<TrueRecord, 'record'>[] {
  const bytes = Buffer.from(content)
  const places: Omit<TrueRecord, 'record'>[] = []
  for (let offset = headerBytesOf(bytes); offset < bytes.length; ) {
    const end = offset + FRAME_BYTES + bytes.readUInt32LE(offset + 4)
    const position = Number(bytes.readBigUInt64LE(offset + 8))
    const unsynced = bytes.readUInt32LE(offset + 16)
    places.push({ file, offset, end, position, synced: unsynced === UNKNOWN ? -1 : position - unsynced })
    offset = end
  }
  return places
}
