/**
 * A host of one node in a few lines: a map with versions, no log, no peers. It keeps the promises of `HostApi` that
 * sessions and stores build on, and lets a test hold back the acknowledgements of writes and of orders. A value expires
 * by a timer of its own, if a test may live to see it.
 */

import type { Change } from '../../src/core/change.ts'
import { departed, type Entry, liveEntry, mergeEntry, tombstone, type Version } from '../../src/core/entry.ts'
import { HearsayError } from '../../src/core/errors.ts'
import { compareKeys, isKey } from '../../src/core/key.ts'
import type { Timers } from '../../src/core/ports.ts'
import { inRange, type KeyRange } from '../../src/core/range.ts'
import { seedOf } from '../../src/core/repair/key-hash.ts'
import { Summary } from '../../src/core/repair/summary.ts'
import type { ConflictReport, MemberReport, StatusReport, SyncReport } from '../../src/core/report.ts'
import type { Backup } from '../../src/host/backups.ts'
import type { HostApi, Page, PageOptions } from '../../src/host/host-api.ts'

export const FAKE_ORIGIN = 'fake/1/0/aaaaaaaaaa'

/** When values of the fake begin: Unix ms at which the time of their `ttl` starts. */
export const FAKE_NOW_MS = 1_800_000_000_000
/** Values that live longer do not expire within a test. */
const EXPIRES_WITHIN_MS = 10_000

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
  notReady: HearsayError | undefined
  /** What it answers when it is asked. */
  staleMs: number | undefined
  lost: readonly ConflictReport[] = []
  peers: readonly MemberReport[] = []
  /** What its backups are. */
  copy: Uint8Array = new Uint8Array(0)
  backupsOpen = 0
  /** Orders and syncs that it took: `forget n2`, … */
  readonly orders: string[] = []
  /** What the next orders and syncs fail with. */
  orderError: HearsayError | undefined
  readonly #timers: Pick<Timers, 'after' | 'afterTurn'>
  readonly #entries = new Map<string, Entry>()
  readonly #listeners = new Set<(entries: readonly Entry[]) => void>()
  #held: (() => void)[] = []
  #sortedKeys: string[] | undefined
  #time = 1

  constructor(timers: Pick<Timers, 'after' | 'afterTurn'>, cluster = 'test') {
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
    const entries = changes.map(({ key, value, ttlMs }) => {
      const time = ++this.#time
      const prior = this.#entries.get(key)?.time ?? 0
      if (value === undefined) return tombstone(key, time, FAKE_ORIGIN, prior)
      const expiresAt = ttlMs === undefined ? undefined : FAKE_NOW_MS + ttlMs
      return liveEntry(key, time, FAKE_ORIGIN, value, prior, expiresAt)
    })
    const version = { time: this.#time, origin: FAKE_ORIGIN }
    this.merge(entries)
    for (const entry of entries) {
      const ttlMs = (entry.expiresAt ?? Number.POSITIVE_INFINITY) - FAKE_NOW_MS
      if (ttlMs <= EXPIRES_WITHIN_MS) this.#timers.after(ttlMs, () => this.#expire(entry))
    }
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
    if (shown.length > 0) this.#tell(shown)
  }

  /** Takes an entry away as repair does: nobody has deleted it, and watchers hear of it. */
  takeAway(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#sortedKeys = undefined
    this.#tell([departed(entry, undefined)])
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
      state: 'running',
      recovery: undefined,
      disk: 'ok',
      name: this.name,
      cluster: this.cluster,
      origin: FAKE_ORIGIN,
      address: 'memory',
      dataDir: undefined,
      fsync: 'never',
      uptimeMs: 0,
      keys: this.page({}, { reverse: false, limit: 1e9, bytesMax: 1e9, tombstones: false }).entries.length,
      tombstones: 0,
      tombstonesAwait: [],
      floorMs: undefined,
      salvage: undefined,
      parked: 0,
      conflicts: this.lost.length,
      clock: 'ok',
      offsetsMs: {},
      fingerprint: '0000000000000000',
      stableTimeMs: undefined,
      stalenessMs: this.staleMs,
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
        lowMs: undefined,
        offsetMs: undefined,
      },
      ...this.peers,
    ]
  }

  stalenessMs(): number | undefined {
    return this.staleMs
  }

  conflicts(prefix: string, limit: number): readonly ConflictReport[] {
    return this.lost.filter(({ key }) => key.startsWith(prefix)).slice(0, limit)
  }

  sketch(cells: number): ReturnType<HostApi['sketch']> {
    const summary = this.#summary()
    const view = {
      count: this.#entries.size,
      sum: summary.sum.toHex(),
      estimator: summary.sketch.estimator(),
    }
    return { cells: summary.sketch.prefix(cells).toBytes(), view }
  }

  heldUnder(ks: readonly number[]): readonly Entry[] {
    const summary = this.#summary()
    return [...this.#entries.values()].filter(({ key }) => ks.includes(summary.kOf(key)))
  }

  forget(name: string, done: (error: HearsayError | undefined) => void): void {
    this.#order(`forget ${name}`, done)
  }

  resetClock(done: (error: HearsayError | undefined) => void): void {
    this.#order('resetClock', done)
  }

  sync(peer: string, done: (error: HearsayError | undefined, report: SyncReport | undefined) => void): void {
    const report = { peer, pulled: 1, differed: 2, taken: 1, removed: 1, bytes: 3_000 }
    this.#order(`sync ${peer}`, (error) => done(error, error === undefined ? report : undefined))
  }

  /** Hands out `copy` in the pieces that it is asked for. */
  backup(): Backup {
    let read = 0
    this.backupsOpen++
    return {
      next: (bytesMax) => {
        if (this.orderError !== undefined) throw this.orderError
        const bytes = this.copy.subarray(read, read + bytesMax)
        read += bytes.length
        return bytes.length === 0 ? undefined : bytes
      },
      close: () => {
        this.backupsOpen--
      },
    }
  }

  refuse(names: readonly string[]): void {
    this.refused = names
  }

  #order(words: string, done: (error: HearsayError | undefined) => void): void {
    this.orders.push(words)
    const error = this.orderError
    const answer = (): void => done(error)
    if (this.holdWrites) this.#held.push(answer)
    else this.#timers.afterTurn(answer)
  }

  #expire(entry: Entry): void {
    if (this.#entries.get(entry.key) !== entry) return
    this.#entries.delete(entry.key)
    this.#sortedKeys = undefined
    this.#tell([departed(entry, entry.expiresAt)])
  }

  #tell(entries: readonly Entry[]): void {
    for (const listener of [...this.#listeners]) listener(entries)
  }

  #summary(): Summary {
    const summary = new Summary(seedOf(this.cluster))
    for (const entry of this.#entries.values()) summary.change(undefined, entry, false, 0)
    return summary
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
