/**
 * A state for tests of checkpoints, small enough to see through: entries by key, V of one writer, and a floor that lets go
 * of tombstones. It takes in what it appends at once, as a replica does, and gives its own records to a checkpoint: all but
 * the entries at once, these while it goes on.
 */

import type { SimDisk } from '../../sim/disk.ts'
import { type Entry, liveEntry, mergeEntry, tombstone } from '../../src/core/entry.ts'
import { RESERVE_NAME } from '../../src/core/ports.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { type Rng, seededRng } from '../../src/core/rng.ts'
import type { LoggedState } from '../../src/storage/checkpoints.ts'
import { RecordGroup } from '../../src/storage/record-group.ts'
import { fileName } from '../../src/storage/segment.ts'
import { SELF } from './log-fixture.ts'

/** Entries in one held record. */
const HELD_MAX = 3
/** Far more than any test needs. */
const STEPS_MAX = 100_000

export class ModelState implements LoggedState {
  readonly entries: Map<string, Entry> = new Map()
  /** V of the writer. */
  seen = 1000
  floor = 0

  apply(record: LogRecord): void {
    switch (record.kind) {
      case 'write':
        this.#merge(record.entries)
        this.seen = Math.max(this.seen, record.upTo)
        break
      case 'held':
        this.#merge(record.entries)
        break
      case 'commit':
        for (const [, time] of record.seen) this.seen = Math.max(this.seen, time)
        this.#letGo(record.floor)
        break
      case 'floor':
        this.#letGo(record.floor)
        break
      default:
        break
    }
  }

  endTurn(): void {}

  liveBytes(): number {
    let bytes = 0
    for (const { key, value } of this.entries.values()) bytes += 14 + key.length + (value?.length ?? 0)
    return bytes
  }

  snapshot(): Iterator<LogRecord> {
    const seen = [[SELF, this.seen]] as const
    const head: LogRecord = { kind: 'commit', exchange: 0, entries: [], seen, written: seen, floor: this.floor }
    return this.#records(head)
  }

  /** All of it in words; of a value its length and first byte, which `story` makes from its time. */
  facts(): string {
    const lines = [...this.entries.values()].map(
      ({ key, kind, time, value }) => `${key} ${kind} ${time} ${value?.length} ${value?.[0]}`,
    )
    return [`V ${this.seen}`, `floor ${this.floor}`, ...lines.sort()].join('\n')
  }

  /** Bytes of a checkpoint of this, all included. */
  checkpointBytes(headerBytes: number): number {
    const group = new RecordGroup(0)
    group.add({ kind: 'base', records: 0 }, 0, 0)
    const records = this.snapshot()
    for (let next = records.next(); next.done !== true; next = records.next()) group.add(next.value, 0, 0)
    group.add({ kind: 'end', through: 0 }, 0, 0)
    return headerBytes + group.bytes
  }

  *#records(head: LogRecord): Iterator<LogRecord> {
    yield head
    let entries: Entry[] = []
    for (const key of this.entries.keys()) {
      const entry = this.entries.get(key)
      if (entry === undefined) continue
      entries.push(entry)
      if (entries.length < HELD_MAX) continue
      yield { kind: 'held', entries }
      entries = []
    }
    if (entries.length > 0) yield { kind: 'held', entries }
  }

  #merge(entries: readonly Entry[]): void {
    for (const entry of entries) this.entries.set(entry.key, mergeEntry(this.entries.get(entry.key), entry))
  }

  #letGo(floor: number): void {
    this.floor = Math.max(this.floor, floor)
    for (const [key, { kind, time }] of this.entries) {
      if (kind === 'tombstone' && time <= this.floor) this.entries.delete(key)
    }
  }
}

/** What these records lead to. */
export function stateAfter(records: readonly LogRecord[]): ModelState {
  const state = new ModelState()
  for (const record of records) state.apply(record)
  return state
}

export interface StoryShape {
  readonly keys: number
  /** Values take up to this many bytes. */
  readonly valueBytesMax: number
  /** Share of writes that are deletes. */
  readonly deletes?: number
}

/** Endless records of one writer: puts over few keys, deletes, and floors that let go of these. Times rise from 1001. */
export function* story(seed: number, { keys, valueBytesMax, deletes = 0.25 }: StoryShape): Generator<LogRecord, never> {
  const rng: Rng = seededRng(seed)
  for (let time = 1001; ; time++) {
    const draw = rng()
    const key = `key-${Math.floor(rng() * keys)}`
    if (draw < deletes / 4) yield { kind: 'floor', floor: time - Math.floor(rng() * 4) }
    else {
      const value = new Uint8Array(Math.floor(rng() * valueBytesMax)).fill(time)
      const entry = draw < deletes ? tombstone(key, time, SELF) : liveEntry(key, time, SELF, value)
      yield { kind: 'write', origin: SELF, upTo: time, entries: [entry] }
    }
  }
}

export function take<T>(from: Iterator<T>, count: number): T[] {
  return Array.from({ length: count }, () => from.next().value as T)
}

/** The files of a log, without what is kept for a full disk. */
export function logFiles(disk: SimDisk): Map<string, Uint8Array> {
  const files = disk.image()
  files.delete(RESERVE_NAME)
  return files
}

/** Of all files of a log. */
export function logBytes(disk: SimDisk): number {
  return disk.usedBytes - (disk.find(RESERVE_NAME)?.size ?? 0)
}

/** The names in a folder, by kind and in order. */
export function filesOf(names: Iterable<string>): { readonly segments: string[]; readonly checkpoints: string[] } {
  const all = [...names].sort()
  return {
    segments: all.filter((name) => name.endsWith('.log')),
    checkpoints: all.filter((name) => name.endsWith('.checkpoint')),
  }
}

export function checkpointName(number: number): string {
  return fileName('checkpoint', number)
}

/** Repeats `step` until `isOver`; throws when it never comes to that. */
export function repeatUntil(isOver: () => boolean, step: (count: number) => void): void {
  for (let count = 0; !isOver(); count++) {
    if (count === STEPS_MAX) throw new Error(`not within ${STEPS_MAX} steps: ${isOver}`)
    step(count)
  }
}
