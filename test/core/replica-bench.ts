/** Replicas on a bench: each step is asked for, time passes when a test says so, and the disk syncs when it is told to. */

import type { Change } from '../../src/core/change.ts'
import type { Entry, Version } from '../../src/core/entry.ts'
import type { Body, Message, Row } from '../../src/core/message.ts'
import { nameOf } from '../../src/core/origin.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { Replica } from '../../src/core/replica.ts'
import { REPLICA_DEFAULTS, type ReplicaOptions } from '../../src/core/replica-options.ts'
import type { SyncReport } from '../../src/core/report.ts'
import { seededRng } from '../../src/core/rng.ts'
import type { Effect, Input, Now } from '../../src/core/step.ts'

export const WALL_MS: number = Date.UTC(2026, 0, 1)

export interface BenchOptions {
  /** What its disk holds. */
  readonly log?: readonly LogRecord[]
  /** What lies behind the damage in its log. */
  readonly salvage?: readonly LogRecord[]
  readonly wallMs?: number
  /** Other chances than a node of this name and log has. */
  readonly luck?: number
  readonly replica?: Partial<ReplicaOptions>
}

export class Bench {
  readonly name: string
  readonly replica: Replica
  wallMs: number
  monoMs = 0
  /** What was appended by this run, in order. */
  readonly records: LogRecord[] = []
  /** What was sent and not taken by `talk` yet. */
  sent: { to: readonly string[]; message: Message }[] = []
  readonly replies: { op: number; version: Version }[] = []
  readonly shown: Entry[] = []
  readonly stops: string[] = []
  readonly refusals: { op: number; code: string }[] = []
  readonly reports: { op: number; report: SyncReport }[] = []
  /** How often it said that it may serve. */
  readies = 0
  /** Whether it asked for a `chore` since the last one. */
  hasChore = false
  #op = 0

  constructor(name: string, options: BenchOptions = {}) {
    this.name = name
    this.wallMs = options.wallMs ?? WALL_MS
    const rng = seededRng(name.charCodeAt(0) * 1_000 + (options.log?.length ?? 0) + 7_919 * (options.luck ?? 0))
    const replica = {
      ...REPLICA_DEFAULTS,
      name,
      cluster: 'c',
      address: `ws://${name}`,
      rng,
      hasSeeds: false,
      ...options.replica,
    }
    this.replica = new Replica(replica, this.#now())
    for (const record of options.log ?? []) this.replica.recover(record, this.#now())
    for (const record of options.salvage ?? []) this.replica.salvage(record, this.#now())
    if (options.salvage !== undefined) this.replica.missesSome()
    this.#carryOut(this.replica.start(this.#now()))
  }

  /** One that serves: its origin is durable and its first row is made. */
  static ready(name: string, options: BenchOptions = {}): Bench {
    const bench = new Bench(name, options)
    bench.sync()
    bench.pass(100)
    return bench
  }

  get origin(): string {
    return this.replica.origin
  }

  step(input: Input): void {
    this.#carryOut(this.replica.step(this.#now(), input))
  }

  /** The disk has all that was appended. */
  sync(): void {
    this.step({ kind: 'promised', index: this.records.length })
    this.step({ kind: 'durable', index: this.records.length })
  }

  /** Does what it left for later, slice by slice. */
  work(): void {
    for (let slice = 0; this.hasChore; slice++) {
      if (slice > 10_000) throw new Error('its work never ends')
      this.hasChore = false
      this.step({ kind: 'chore' })
    }
  }

  /** An operator's word. */
  ask(input: { kind: 'forget'; name: string } | { kind: 'sync'; peer: string } | { kind: 'resetClock' }): number {
    const op = ++this.#op
    this.step({ ...input, op })
    this.step({ kind: 'turn' })
    return op
  }

  /** Puts the text, or deletes, in a turn of its own. */
  write(key: string, text?: string, ttlMs?: number): number {
    return this.writeAll([{ key, value: text === undefined ? undefined : Buffer.from(text), ttlMs }])
  }

  writeAll(changes: readonly Change[]): number {
    const op = ++this.#op
    this.step({ kind: 'write', op, changes })
    this.step({ kind: 'turn' })
    return op
  }

  /** Time passes; the tick at its end is the only one. */
  pass(ms: number): void {
    this.monoMs += ms
    this.wallMs += ms
    this.step({ kind: 'tick' })
  }

  unlink(peer: Bench): void {
    this.step({ kind: 'linkDown', peer: peer.name })
  }

  link(peer: Bench): void {
    this.step({ kind: 'linkUp', peer: peer.name, row: peer.replica.row })
  }

  hear(from: Bench | Row, body: Body): void {
    const row = from instanceof Bench ? from.replica.row : from
    this.step({ kind: 'message', from: nameOf(row.origin), message: { row, body } })
  }

  /** The text that a reader finds. */
  read(key: string): string | undefined {
    const entry = this.replica.read(key, this.#now())
    return entry?.kind === 'live' ? Buffer.from(entry.value).toString() : undefined
  }

  /** Bodies of one kind among what was sent. */
  bodies<Kind extends Body['kind']>(kind: Kind): Extract<Body, { kind: Kind }>[] {
    const all = this.sent.map(({ message }) => message.body)
    return all.filter((body): body is Extract<Body, { kind: Kind }> => body.kind === kind)
  }

  #now(): Now {
    return { wallMs: this.wallMs, monoMs: this.monoMs }
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'append') this.records.push(effect.record)
      else if (effect.kind === 'send') this.sent.push({ to: effect.to, message: effect.message })
      else if (effect.kind === 'reply') this.replies.push({ op: effect.op, version: effect.version })
      else if (effect.kind === 'notify') this.shown.push(...effect.entries)
      else if (effect.kind === 'stop') this.stops.push(effect.code)
      else if (effect.kind === 'refuse') this.refusals.push({ op: effect.op, code: effect.code })
      else if (effect.kind === 'synced') this.reports.push({ op: effect.op, report: effect.report })
      else if (effect.kind === 'ready') this.readies++
      else if (effect.kind === 'chore') this.hasChore = true
    }
  }
}

/** Links every two of them. */
export function linkAll(...benches: readonly Bench[]): void {
  for (const one of benches) for (const other of benches) if (one !== other) one.link(other)
}

/** Breaks every link between them; what was on its way is lost. */
export function cutAll(...benches: readonly Bench[]): void {
  for (const bench of benches) bench.sent = []
  for (const one of benches) for (const other of benches) if (one !== other) one.unlink(other)
}

/** Delivers what is on its way now, and has what it leaves to do done; false when nothing was. */
export function talkOnce(...benches: readonly Bench[]): boolean {
  const flying = benches.flatMap((from) => from.sent.splice(0).map((sent) => ({ from: from.name, ...sent })))
  for (const { from, to, message } of flying) {
    for (const bench of benches) if (to.includes(bench.name)) bench.step({ kind: 'message', from, message })
  }
  for (const bench of benches) bench.work()
  return flying.length > 0
}

/** Delivers everything that was sent, and what that makes them send, until all are quiet. */
export function talk(...benches: readonly Bench[]): void {
  for (let round = 0; round < 200; round++) if (!talkOnce(...benches)) return
  throw new Error('they never stop talking')
}

/** So many beats, each with everything delivered and synced. */
export function beats(count: number, ...benches: readonly Bench[]): void {
  for (let i = 0; i < count; i++) {
    for (const bench of benches) bench.pass(1_200)
    talk(...benches)
    for (const bench of benches) bench.sync()
  }
}
