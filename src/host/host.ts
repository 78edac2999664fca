/**
 * The one loop around a replica: turns links, the log and timers into inputs, and carries out effects in order. It
 * decides nothing. Everything here is callbacks, so the simulator runs it as it stands over virtual time.
 */

import type { Change } from '../core/change.ts'
import type { Entry } from '../core/entry.ts'
import { HearsayError, invariant } from '../core/errors.ts'
import { nameOf } from '../core/origin.ts'
import type { Done, Link, LinkEvents } from '../core/ports.ts'
import { Replica } from '../core/replica.ts'
import type { MemberReport, StatusReport, SyncReport } from '../core/report.ts'
import type { Effect, Input, Now } from '../core/step.ts'
import type { Log } from '../storage/log-options.ts'
import type { RecoveryReport } from '../storage/recovery.ts'
import type { Room } from '../storage/room-keeper.ts'
import { type Backup, Backups } from './backups.ts'
import { DiskRoom } from './disk-room.ts'
import type { HostApi } from './host-api.ts'
import { openHostLog } from './host-log.ts'
import { type HostOptions, type HostPorts, replicaOptions } from './host-options.ts'
import { type OperatorDone, Operators } from './operators.ts'
import { Peers } from './peers.ts'
import { notReady, notRunning, type Phase } from './phase.ts'
import { Reading } from './reading.ts'
import { Readings } from './readings.ts'
import { logCounters, memberReports, statusReport } from './reports.ts'
import { overloaded, type WriteDone, Writers } from './writers.ts'

/** Pause before the next slice of work, ms: the loop turns in between. */
const CHORE_MS = 1

export class Host extends Readings implements HostApi {
  readonly name: string
  readonly cluster: string
  readonly valueBytesMax: number
  readonly batchChangesMax: number
  readonly batchBytesMax: number
  override readonly replica: Replica
  readonly #options: HostOptions
  readonly #ports: HostPorts
  readonly #peers: Peers
  readonly #startedMs: number
  #log: Log | undefined
  #phase: Phase = 'new'
  #failure: HearsayError | undefined
  #recovery: RecoveryReport | undefined
  #onStarted: ((error: HearsayError | undefined) => void) | undefined
  readonly #writers: Writers
  readonly #disk: DiskRoom
  readonly #reading: Reading
  #pausesForgiven = 0
  readonly #listeners = new Set<(entries: readonly Entry[]) => void>()
  #turnIsSet = false
  #choreIsSet = false
  readonly #operators: Operators
  readonly #backups: Backups
  /** A new origin is among what goes to the log next: the mode may be lazy with writes, not with that. */
  #syncIsDue = false
  #cancelTick: (() => void) | undefined
  #tickedMs: number

  constructor(options: HostOptions, ports: HostPorts) {
    super()
    this.name = options.name
    this.cluster = options.cluster
    this.valueBytesMax = options.limits.valueBytesMax
    this.batchChangesMax = options.limits.batchChangesMax
    this.batchBytesMax = options.limits.batchBytesMax
    this.#options = options
    this.#ports = ports
    this.#writers = new Writers(options.limits)
    this.#operators = new Operators(ports.timers)
    this.#disk = new DiskRoom(ports.logger, (error) => this.#writers.rejectAll(error))
    this.#reading = new Reading(ports.logger, ports.clock)
    this.#startedMs = ports.clock.monoMs()
    this.#tickedMs = this.#startedMs
    this.replica = new Replica(replicaOptions(options, ports.rng), this.now())
    this.#backups = new Backups({
      ...ports,
      owner: options,
      snapshot: () => this.replica.snapshot(),
      endTurn: () => this.#step({ kind: 'turn' }),
    })
    this.#peers = new Peers(options, ports, () => this.replica.row, {
      up: (peer, row) => this.#step({ kind: 'linkUp', peer, row }),
      down: (peer) => this.#step({ kind: 'linkDown', peer }),
      message: (from, message) =>
        this.#step({ kind: 'message', from, message: this.#disk.bounded(message, this.#isBehind) }),
      twin: (row) => this.#step({ kind: 'twin', row }),
    })
  }

  /** Replays the log, draws this run's origin, and calls back when that is durable: from then on the node may serve. */
  start(done: (error: HearsayError | undefined) => void): void {
    invariant(this.#phase === 'new', 'a host starts once')
    this.#phase = 'recovering'
    this.#onStarted = done
    const events = {
      promised: (index: number): void => this.#step({ kind: 'promised', index }),
      durable: (index: number): void => {
        // The first record of this process is its origin.
        if (this.#phase === 'starting') this.#mayJoin()
        this.#step({ kind: 'durable', index })
      },
      failed: (error: HearsayError): void => this.#diskFailed(error),
      room: (room: Room): void => this.#disk.changed(room),
      broken: (error: HearsayError): void => this.#disk.broke(error),
    }
    const endTurn = (): void => this.#step({ kind: 'turn' })
    const told = { onProgress: this.#reading.progress, slowed: (isSlow: boolean) => this.#disk.slowed(isSlow) }
    const side = { replica: this.replica, events, now: () => this.now(), endTurn, ...told }
    openHostLog(this.#options, this.#ports, side, (error, log, recovery) => {
      if (error !== undefined) {
        this.#phase = 'failed'
        this.#failure = error
        done(error)
        return
      }
      this.#log = log
      this.#recovery = recovery
      this.#reading.end(this.replica.store.heldCount)
      if (this.#phase === 'closing') log?.close(() => {})
      else this.#begin()
    })
  }

  /** A link of a peer that came in. `undefined`: there are too many strangers already. */
  accept(link: Link): LinkEvents | undefined {
    return this.#peers.accept(link)
  }

  write(changes: readonly Change[], done: WriteDone): void {
    let op: number
    try {
      const refusal = this.#failure ?? this.#notRunning ?? this.#disk.refusalOf(changes)
      if (refusal !== undefined) throw refusal
      if (this.#isBehind) throw overloaded()
      op = this.#writers.take(changes, done)
    } catch (error) {
      if (!(error instanceof HearsayError)) throw error
      this.#ports.timers.afterTurn(() => done(error, undefined))
      return
    }
    this.#step({ kind: 'write', op, changes })
    this.#setTurn()
  }

  subscribe(listener: (entries: readonly Entry[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  forget(name: string, done: (error: HearsayError | undefined) => void): void {
    this.#operate(done, (op) => ({ kind: 'forget', op, name }))
  }

  sync(peer: string, done: (error: HearsayError | undefined, report: SyncReport | undefined) => void): void {
    this.#operate(done, (op) => ({ kind: 'sync', op, peer }))
  }

  resetClock(done: (error: HearsayError | undefined) => void): void {
    this.#operate(done, (op) => ({ kind: 'resetClock', op }))
  }

  backup(): Backup {
    if (this.#notRunning !== undefined) throw this.#notRunning
    return this.#backups.begin()
  }

  refuse(names: readonly string[]): void {
    if (!this.#options.faults) throw new HearsayError('ERR_NOT_ALLOWED', 'faults are off: start the node with --faults')
    this.#ports.logger.warn(
      { refused: names },
      names.length > 0 ? 'Links are refused by a fault' : 'No link is refused any more',
    )
    this.#peers.refuse(new Set(names))
  }

  status(): StatusReport {
    const log = { bytes: this.logPendingBytes, counters: logCounters(this.#log, this.#recovery) }
    const [disk, reading, peers] = [this.#disk, this.#reading, this.#peers]
    const times = { startedMs: this.#startedMs, pausesForgiven: this.#pausesForgiven }
    const parts = { phase: this.#phase, disk, reading, peers, log, ...times }
    return statusReport(this.#options, this.replica, parts, this.now())
  }

  members(): readonly MemberReport[] {
    return memberReports(this.replica, this.#options, (name) => this.#peers.isLinked(name), this.now())
  }

  /** Sends and writes what is to be written, tells every caller, and calls back when the log is closed. */
  close(done: Done): void {
    invariant(this.#phase !== 'new' && this.#phase !== 'closing' && this.#phase !== 'closed', 'a host closes once')
    const log = this.#log
    if (log === undefined) {
      const { disk, timers } = this.#ports
      const isReading = this.#phase === 'recovering'
      this.#phase = isReading ? 'closing' : 'closed'
      // Whoever still reads the log closes it, and the disk with it.
      if (isReading || disk === undefined) timers.afterTurn(() => done(undefined))
      else disk.close(done)
      return
    }
    this.#step({ kind: 'turn' })
    this.#phase = this.#phase === 'failed' ? 'failed' : 'closing'
    this.#cancelTick?.()
    this.#backups.failAll(new HearsayError('ERR_CLOSED', 'the node was closed'))
    log.flush()
    log.close((error) => {
      this.#phase = 'closed'
      this.#peers.close()
      const closed = new HearsayError('ERR_CLOSED', 'the node was closed', { maybeApplied: true })
      this.#writers.rejectAll(closed)
      this.#operators.rejectAll(closed)
      // Who asked for the end was told of the failure before.
      done(this.#failure === undefined && !this.isReadOnly ? error : undefined)
    })
  }

  /** Peers may call: the origin is durable, and the node has not ended. */
  get isListening(): boolean {
    return this.#phase === 'joining' || this.#phase === 'running'
  }

  get notReady(): HearsayError | undefined {
    return notReady(this.#phase, this.#reading.words)
  }

  /** Its disk has failed for good. */
  get isReadOnly(): boolean {
    return this.#disk.refusal !== undefined
  }

  get logPendingBytes(): number {
    return this.#log?.pendingBytes ?? 0
  }

  get #notRunning(): HearsayError | undefined {
    return notRunning(this.#phase, this.#reading.words)
  }

  /** More waits for the disk than may. */
  get #isBehind(): boolean {
    return (this.#log?.pendingBytes ?? 0) > this.#options.limits.logPendingBytesMax
  }

  /** The log could not be written anew. A node that serves goes on with what it has; another one has not begun. */
  #diskFailed(error: HearsayError): void {
    if (this.#phase === 'running') {
      this.#disk.failed(error)
      this.#operators.rejectAll(error)
      this.#step({ kind: 'logEnded' })
    } else this.#fail(error)
  }

  #begin(): void {
    this.#phase = 'starting'
    this.#carryOut(this.replica.start(this.now()))
  }

  /** The origin is durable: links may come and go. The node serves when it is ready. */
  #mayJoin(): void {
    this.#phase = 'joining'
    for (const { name, row } of this.replica.members.values()) this.#peers.learn(name, row.address)
    this.#tick()
  }

  #ready(): void {
    // A new run while it serves, or while it closes, changes nothing here.
    if (this.#phase !== 'joining') return
    this.#phase = 'running'
    const done = this.#onStarted
    this.#onStarted = undefined
    done?.(undefined)
  }

  #tick(): void {
    const nowMs = this.#ports.clock.monoMs()
    const pausedMs = nowMs - this.#tickedMs
    this.#tickedMs = nowMs
    if (pausedMs > this.#options.links.linkSilenceMs / 2) {
      this.#pausesForgiven++
      this.#peers.forgive(pausedMs)
    }
    this.#step({ kind: 'tick' })
    this.#peers.tick()
    this.#backups.tick(nowMs)
    if (this.isListening) this.#cancelTick = this.#ports.timers.after(this.#options.limits.tickMs, () => this.#tick())
  }

  #step(input: Input): void {
    if (this.#phase === 'closed' || this.#phase === 'failed') return
    // What was written is still answered; nothing new goes into a log that is closing.
    if (this.#phase === 'closing' && input.kind !== 'promised' && input.kind !== 'durable') return
    this.#carryOut(this.replica.step(this.now(), input))
  }

  #operate(done: OperatorDone, input: (op: number) => Input): void {
    const op = this.#operators.take(done, this.#notRunning ?? this.#disk.refusal)
    if (op === undefined) return
    this.#step(input(op))
    this.#setTurn()
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'append':
          if (this.#phase === 'closing') break
          this.#log?.append(effect.index, effect.record)
          this.#backups.note(effect.record)
          if (effect.record.kind === 'member') this.#peers.learn(nameOf(effect.record.origin), effect.record.address)
          if (effect.record.kind === 'origin') this.#syncIsDue = true
          this.#setTurn()
          break
        case 'send':
          if (this.#disk.maySay(effect.message.body))
            this.#peers.send(effect.to, effect.message.row, effect.message.body)
          break
        case 'reply':
          if (this.#operators.has(effect.op)) this.#operators.answer(effect.op, undefined, undefined)
          else this.#writers.answer(effect.op, effect.version)
          break
        case 'refuse': {
          const error = new HearsayError(effect.code, effect.reason)
          if (this.#operators.has(effect.op)) this.#operators.answer(effect.op, error, undefined)
          else this.#ports.timers.afterTurn(() => this.#writers.reject(effect.op, error))
          break
        }
        case 'synced':
          this.#operators.answer(effect.op, undefined, effect.report)
          break
        case 'call':
          this.#peers.call(effect.address)
          break
        case 'ready':
          this.#ready()
          break
        case 'chore':
          this.#setChore()
          break
        case 'notify':
          for (const listener of this.#listeners) listener(effect.entries)
          break
        case 'say':
          this.#ports.logger[effect.level](effect.fields, effect.text)
          break
        case 'stop':
          this.#fail(new HearsayError(effect.code, effect.reason))
          return
      }
    }
  }

  /** At the end of the turn its writes go out together, to the log and to the peers. */
  #setTurn(): void {
    if (this.#turnIsSet) return
    this.#turnIsSet = true
    this.#ports.timers.afterTurn(() => {
      this.#turnIsSet = false
      this.#step({ kind: 'turn' })
      if (this.#phase === 'closed' || this.#phase === 'failed') return
      this.#log?.flush(this.#syncIsDue)
      this.#syncIsDue = false
    })
  }

  /** Work that is left waits for whatever else the loop has to do. */
  #setChore(): void {
    if (this.#choreIsSet) return
    this.#choreIsSet = true
    this.#ports.timers.after(CHORE_MS, () => {
      this.#choreIsSet = false
      this.#step({ kind: 'chore' })
    })
  }

  #fail(error: HearsayError): void {
    if (this.#phase === 'failed' || this.#phase === 'closed') return
    const isClosing = this.#phase === 'closing'
    this.#phase = 'failed'
    this.#failure = error
    this.#cancelTick?.()
    this.#peers.close()
    this.#ports.logger.error({ code: error.code, reason: error.message }, 'The node cannot go on')
    this.#writers.rejectAll(new HearsayError(error.code, error.message, { maybeApplied: true }))
    this.#operators.rejectAll(error)
    this.#backups.failAll(error)
    const started = this.#onStarted
    this.#onStarted = undefined
    if (started !== undefined) started(error)
    else if (!isClosing) this.#ports.onFatal(error)
  }

  protected override now(): Now {
    return { wallMs: this.#ports.clock.wallMs(), monoMs: this.#ports.clock.monoMs() }
  }
}
