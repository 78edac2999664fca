/**
 * A host of one node in a few lines: a map with versions, no log, no peers. It keeps the promises of `HostApi` that
 * sessions and stores build on, and lets a test hold back the acknowledgements of writes.
 */

import type { Change } from '../../src/core/change.ts'
import { type Entry, liveEntry, mergeEntry, tombstone, type Version } from '../../src/core/entry.ts'
import { HearsayError } from '../../src/core/errors.ts'
import { compareKeys, isKey } from '../../src/core/key.ts'
import type { Timers } from '../../src/core/ports.ts'
import { inRange, type KeyRange } from '../../src/core/range.ts'
import type { MemberReport, StatusReport } from '../../src/core/report.ts'
import type { HostApi, Page, PageOptions } from '../../src/host/host-api.ts'

export const FAKE_ORIGIN = 'fake/1/0/aaaaaaaaaa'

type Done = (error: HearsayError | undefined, version: Version | undefined) => void

export class FakeHost implements HostApi {
  readonly name = 'fake'
  readonly cluster: string
  readonly valueBytesMax = 1024 * 1024
  readonly batchChangesMax = 10_000
  readonly batchBytesMax = 4 * 1024 * 1024
  /** While true, writes are shown but not acknowledged; `release` acknowledges them. */
  holdWrites = false
  refused: readonly string[] = []
  readonly #timers: Pick<Timers, 'afterTurn'>
  readonly #entries = new Map<string, Entry>()
  readonly #listeners = new Set<(entries: readonly Entry[]) => void>()
  #held: (() => void)[] = []
  #sortedKeys: string[] | undefined
  #time = 1

  constructor(timers: Pick<Timers, 'afterTurn'>, cluster = 'test') {
    this.cluster = cluster
    this.#timers = timers
  }

  get listeners(): number {
    return this.#listeners.size
  }

  write(changes: readonly Change[], done: Done): void {
    const error = this.#refusal(changes)
    if (error !== undefined) {
      this.#timers.afterTurn(() => done(error, undefined))
      return
    }
    const entries = changes.map(({ key, value }) => {
      const time = ++this.#time
      return value === undefined ? tombstone(key, time, FAKE_ORIGIN) : liveEntry(key, time, FAKE_ORIGIN, value)
    })
    const version = { time: this.#time, origin: FAKE_ORIGIN }
    this.merge(entries)
    const acknowledge = () => done(undefined, version)
    if (this.holdWrites) this.#held.push(acknowledge)
    else this.#timers.afterTurn(acknowledge)
  }

  /** Shows entries as if a peer had sent them. */
  merge(entries: readonly Entry[]): void {
    const shown: Entry[] = []
    for (const entry of entries) {
      const mine = this.#entries.get(entry.key)
      if (mergeEntry(mine, entry) === mine) continue
      if (mine === undefined) this.#sortedKeys = undefined
      this.#entries.set(entry.key, entry)
      this.#time = Math.max(this.#time, entry.time)
      shown.push(entry)
    }
    if (shown.length > 0) for (const listener of [...this.#listeners]) listener(shown)
  }

  release(): void {
    this.holdWrites = false
    for (const acknowledge of this.#held.splice(0)) this.#timers.afterTurn(acknowledge)
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  page(range: KeyRange, { reverse, limit, bytesMax, tombstones }: PageOptions): Page {
    this.#sortedKeys ??= [...this.#entries.keys()].sort(compareKeys)
    const entries: Entry[] = []
    let bytes = 0
    for (const key of reverse ? this.#sortedKeys.toReversed() : this.#sortedKeys) {
      const entry = this.#entries.get(key)
      if (entry === undefined || !inRange(key, range) || (entry.kind === 'tombstone' && !tombstones)) continue
      if (entries.length >= limit || bytes > bytesMax) return { entries, more: true }
      entries.push(entry)
      bytes += key.length + (entry.value?.length ?? 0)
    }
    return { entries, more: false }
  }

  subscribe(listener: (entries: readonly Entry[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  status(): StatusReport {
    return {
      name: this.name,
      cluster: this.cluster,
      origin: FAKE_ORIGIN,
      address: 'memory',
      dataDir: undefined,
      fsync: 'never',
      uptimeMs: 0,
      keys: this.page({}, { reverse: false, limit: 1e9, bytesMax: 1e9, tombstones: false }).entries.length,
      tombstones: 0,
      parked: 0,
      fingerprint: '0000000000000000',
      stableTimeMs: undefined,
      stalenessMs: undefined,
      members: { alive: 1, suspect: 0, dead: 0 },
      links: 0,
      logPendingBytes: 0,
      counters: {},
    }
  }

  members(): readonly MemberReport[] {
    return [
      {
        name: this.name,
        status: 'alive',
        self: true,
        linked: false,
        address: 'memory',
        origin: FAKE_ORIGIN,
        silentMs: 0,
        lastWriteMs: undefined,
        agrees: true,
      },
    ]
  }

  refuse(names: readonly string[]): void {
    this.refused = names
  }

  #refusal(changes: readonly Change[]): HearsayError | undefined {
    if (!changes.every(({ key }) => isKey(key))) return new HearsayError('ERR_INVALID_KEY', 'not a key')
    if (changes.length > this.batchChangesMax) return new HearsayError('ERR_BATCH_TOO_LARGE', 'too many changes')
    if (changes.some(({ value }) => (value?.length ?? 0) > this.valueBytesMax)) {
      return new HearsayError('ERR_VALUE_TOO_LARGE', 'too large')
    }
    return undefined
  }
}
