/**
 * What a node that lives for a while writes to its log, record by record: its own writes and those of others, deletes,
 * values that expire, pulls in pieces, deep pulls, members and marks, floors, new runs, a clock set back, and entries
 * from the future. All types of records are among them. The same seed tells the same story.
 */

import { hlcFromUnixMs } from '../../src/core/clock.ts'
import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import { formatOrigin, type OriginId } from '../../src/core/origin.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { type Rng, seededRng } from '../../src/core/rng.ts'

/** When the log is read again, Unix ms: after all of the story but what comes from the future. */
export const STORY_END_MS: number = Date.UTC(2024, 5, 1)
/** How long before that it begins. */
const STORY_MS = 24 * 60 * 60 * 1_000
const HOUR_MS = 60 * 60 * 1_000
const PEERS = ['p1', 'p2', 'Other-node_2.x'] as const

export interface StoryOptions {
  readonly seed: number
  readonly name: string
  readonly keys: number
  readonly valueBytesMax: number
}

export class Story {
  readonly #options: StoryOptions
  readonly #rng: Rng
  readonly #written = new Map<OriginId, number>()
  #run: OriginId
  #peers: readonly OriginId[]
  #runs = 0
  #exchange = 0
  #time = hlcFromUnixMs(STORY_END_MS - STORY_MS)
  #mayReset = true
  #queued: LogRecord[] = []

  constructor(options: StoryOptions) {
    this.#options = options
    this.#rng = seededRng(options.seed)
    this.#peers = PEERS.map((name) => this.#draw(name))
    this.#run = this.#draw(options.name)
    this.#queued.push({ kind: 'origin', origin: this.#run })
    for (const origin of this.#peers)
      this.#queued.push({ kind: 'member', origin, address: `ws://${this.#below(9)}:7070` })
  }

  next(): LogRecord {
    const record = this.#queued.shift() ?? this.#make()
    // Time goes on by up to a second for each.
    this.#time += 1 + this.#below(4_096_000)
    return record
  }

  #make(): LogRecord {
    const draw = this.#rng()
    if (draw < 0.45) return this.#write(this.#run, 1 + this.#below(2))
    if (draw < 0.7) return this.#write(this.#peer(), this.#below(4))
    if (draw < 0.78) return this.#pull()
    if (draw < 0.82) return this.#mend()
    if (draw < 0.87) return { kind: 'vector', seen: [[this.#peer(), this.#time], ...this.#own()] }
    if (draw < 0.9) return { kind: 'floor', floor: this.#time - this.#below(HOUR_MS) * 4_096 }
    if (draw < 0.93) return this.#newRunOf(this.#below(PEERS.length))
    if (draw < 0.95) return { kind: 'gone', marks: [this.#draw('lost'), this.#draw(`lost-${this.#runs}`)] }
    if (draw < 0.97) return this.#ahead()
    return this.#restart()
  }

  #write(origin: OriginId, count: number): LogRecord {
    const entries = Array.from({ length: count }, () => this.#entry(origin))
    const upTo = this.#written.get(origin) ?? this.#time
    return { kind: 'write', origin, upTo: count === 0 ? Math.max(upTo, ++this.#time) : upTo, entries }
  }

  #pull(): LogRecord {
    const exchange = ++this.#exchange
    const origin = this.#peer()
    const stages = this.#below(3)
    for (let i = 0; i < stages; i++) this.#queued.push({ kind: 'stage', exchange, entries: this.#some(origin, 5) })
    this.#queued.push({ kind: 'commit', exchange, entries: this.#some(origin, 3), ...this.#state(origin), floor: 0 })
    return this.next()
  }

  #mend(): LogRecord {
    const exchange = ++this.#exchange
    const origin = this.#peer()
    const removed = Array.from({ length: this.#below(3) }, () => this.#key())
    return { kind: 'mend', exchange, entries: this.#some(origin, 3), removed, ...this.#state(origin), floor: 0 }
  }

  #newRunOf(index: number): LogRecord {
    const former = this.#peers[index] ?? ''
    const origin = this.#draw(PEERS[index] ?? '')
    this.#peers = this.#peers.with(index, origin)
    if (this.#rng() < 0.5) this.#queued.push({ kind: 'gone', marks: [former] })
    return { kind: 'member', origin, address: '' }
  }

  /** A member's clock is far ahead: its entry waits. */
  #ahead(): LogRecord {
    const origin = this.#draw('p-ahead')
    const time = hlcFromUnixMs(STORY_END_MS + 48 * HOUR_MS) + this.#below(1_000_000)
    return { kind: 'write', origin, upTo: time, entries: [liveEntry(this.#key(), time, origin, this.#value())] }
  }

  /** A new run; once, with a clock that was set back before it. */
  #restart(): LogRecord {
    this.#run = this.#draw(this.#options.name)
    const drawn: LogRecord = { kind: 'origin', origin: this.#run }
    if (!this.#mayReset) return drawn
    this.#mayReset = false
    const wild = this.#draw(this.#options.name)
    const time = hlcFromUnixMs(STORY_END_MS + 24 * HOUR_MS)
    const entries = [liveEntry(this.#key(), time, wild, this.#value())]
    this.#queued.push({ kind: 'write', origin: wild, upTo: time, entries }, { kind: 'clock', to: this.#time }, drawn)
    return { kind: 'origin', origin: wild }
  }

  #state(origin: OriginId): { seen: [OriginId, number][]; written: [OriginId, number][] } {
    const time = this.#written.get(origin) ?? this.#time
    return { seen: [[origin, time], ...this.#own()], written: [[origin, time]] }
  }

  #own(): [OriginId, number][] {
    const time = this.#written.get(this.#run)
    return time === undefined ? [] : [[this.#run, time]]
  }

  #some(origin: OriginId, max: number): Entry[] {
    return Array.from({ length: 1 + this.#below(max) }, () => this.#entry(origin))
  }

  #entry(origin: OriginId): Entry {
    const time = ++this.#time
    this.#written.set(origin, time)
    const key = this.#key()
    const draw = this.#rng()
    const prior = draw < 0.3 ? time - 1 - this.#below(1_000_000) : 0
    if (draw > 0.8) return tombstone(key, time, origin, prior)
    // Some have expired when the log is read.
    const expiresAt = draw > 0.3 ? undefined : STORY_END_MS + (this.#rng() - 0.3) * 10 * HOUR_MS
    return liveEntry(
      key,
      time,
      origin,
      this.#value(),
      prior,
      expiresAt === undefined ? undefined : Math.floor(expiresAt),
    )
  }

  #key(): string {
    const number = this.#below(this.#options.keys)
    return number % 7 === 0 ? `schlüssel/漢/${number}` : `key-${number}`
  }

  #value(): Uint8Array {
    const most = this.#rng() < 0.02 ? 20 * this.#options.valueBytesMax : this.#options.valueBytesMax
    const first = this.#below(256)
    return Uint8Array.from({ length: this.#below(most) }, (_, i) => first + i * 7)
  }

  #peer(): OriginId {
    return this.#peers[this.#below(this.#peers.length)] ?? ''
  }

  #draw(name: string): OriginId {
    const random = this.#below(2 ** 31)
      .toString(36)
      .padStart(10, '0')
    return formatOrigin({ name, run: ++this.#runs, birth: this.#time, random })
  }

  #below(max: number): number {
    return Math.floor(this.#rng() * max)
  }
}
