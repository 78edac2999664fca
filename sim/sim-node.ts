/**
 * One simulated machine: a disk that outlives crashes, a clock that may be wrong, and the process that runs the shipped
 * host and its client sessions on them. A paused process takes nothing in until it is resumed; then all of it at once.
 * Observers see every input's effects, so that checkers know what the node believes without asking it.
 */

import { DIAL_DEFAULTS } from '../src/core/dialer.ts'
import { HearsayError } from '../src/core/errors.ts'
import type { Link, Logger, Timers, Transport } from '../src/core/ports.ts'
import type { LogRecord } from '../src/core/record.ts'
import { Replica } from '../src/core/replica.ts'
import { REPLICA_DEFAULTS } from '../src/core/replica-options.ts'
import { seededRng } from '../src/core/rng.ts'
import type { Effect, Input, Now } from '../src/core/step.ts'
import { Host } from '../src/host/host.ts'
import { HOST_DEFAULTS } from '../src/host/host-options.ts'
import { LINK_DEFAULTS } from '../src/host/links.ts'
import { createSession } from '../src/server/session.ts'
import { newSessionCounts } from '../src/server/session-counts.ts'
import type { FsyncMode } from '../src/storage/fsync-mode.ts'
import { SimDisk, type TailLoss } from './disk.ts'
import type { Network } from './network.ts'
import { NodeClock } from './node-clock.ts'
import type { ProcessState } from './recording.ts'
import { Standstill } from './standstill.ts'
import type { World } from './world.ts'

export interface NodeObserver {
  stepped(node: SimNode, now: Now, input: Input, effects: readonly Effect[]): void
  recovered(node: SimNode, record: LogRecord): void
  /** The same of what lies behind damage. */
  salvageRead(node: SimNode, record: LogRecord): void
  /** The log is replayed and a new origin drawn; nothing else has happened yet. */
  replayed(node: SimNode): void
  /** `host` is what ended. */
  crashed(node: SimNode, loss: TailLoss, host: Host): void
  process(node: SimNode, state: ProcessState): void
  /** What a copy of its disk made now will hold, at least. */
  imaged(node: SimNode): readonly LogRecord[]
  /** It got another disk, which holds these records at least; its process is down. */
  diskReplaced(node: SimNode, kept: readonly LogRecord[]): void
}

/** A copy of a disk. */
export interface DiskImage {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly kept: readonly LogRecord[]
  readonly isDamaged: boolean
}

const EMPTY_DISK: DiskImage = { files: new Map(), kept: [], isDamaged: false }

export interface SimNodeOptions {
  readonly name: string
  readonly seeds: readonly string[]
  readonly fsync: FsyncMode
  /** How far its clock is ahead of true time for good, ms. */
  readonly clockOffMs: number
  /** `undefined`: the usual, which no run lasts. */
  readonly forgetAfterMs: number | undefined
}

const UNDAMAGED = new HearsayError('ERR_LOG_DAMAGED', 'its log counts as damaged, and nothing has damaged it')

/** Small, so that short runs meet pieces, windows, chunks and full queues. */
const REPLICA_LIMITS = {
  ...REPLICA_DEFAULTS,
  pieceBytesMax: 512,
  pieceWindow: 3,
  pushBytesMax: 256,
  sliceEntriesMax: 16,
}
export const LINK_LIMITS: typeof LINK_DEFAULTS = {
  ...LINK_DEFAULTS,
  pushQueueBytesMax: 4 * 1024,
  linkQueueBytesMax: 16 * 1024,
}
export const HOST_LIMITS: typeof HOST_DEFAULTS = { ...HOST_DEFAULTS, logPendingBytesMax: 8 * 1024, tickMs: 200 }
export const SEGMENT_BYTES_MAX: number = 4 * 1024
const CLUSTER = 'sim'
/** Pause of a supervisor. */
const RESTART_MS = 1_000
const FSYNC_INTERVAL_MS = 500
const FRAME_BYTES_MAX = 1024 * 1024
/** A machine has run for up to this long when a process starts on it. */
const BOOT_MS_MAX = 1_000_000

export class SimNode {
  readonly name: string
  readonly fsync: FsyncMode
  readonly disk: SimDisk
  readonly clock: NodeClock
  host: Host | undefined
  isServing = false
  /** Nobody starts it now. */
  isKeptDown = false
  starts = 0
  /** When the present process, or the last one, was started. */
  startedMs = 0
  readonly #world: World
  readonly #network: Network
  readonly #seeds: readonly string[]
  readonly #replicaOptions: typeof REPLICA_LIMITS
  readonly #observer: NodeObserver
  readonly #failed: (node: SimNode, error: HearsayError) => void
  readonly #logger: Logger
  /** The present run of the process: what a former one left in the world finds nobody. */
  #life: object | undefined
  #isStopping = false
  /** Told when the process has ended. */
  #onEnd: (() => void) | undefined
  readonly #standstill: Standstill

  constructor(
    world: World,
    network: Network,
    options: SimNodeOptions,
    observer: NodeObserver,
    failed: (node: SimNode, error: HearsayError) => void,
  ) {
    this.name = options.name
    this.fsync = options.fsync
    this.#seeds = options.seeds
    const { forgetAfterMs = REPLICA_LIMITS.forgetAfterMs } = options
    this.#replicaOptions = { ...REPLICA_LIMITS, forgetAfterMs }
    this.#world = world
    this.#network = network
    this.#observer = observer
    this.#failed = failed
    const say = (_fields: object, text: string): void => world.say(text, this.name)
    this.#logger = { debug: () => {}, info: say, warn: say, error: say }
    this.clock = new NodeClock(world, world.rng(`boot of ${options.name}`)() * BOOT_MS_MAX)
    if (options.clockOffMs !== 0) this.clock.disturb({ offMs: options.clockOffMs })
    this.#standstill = new Standstill((isStill) => {
      network.setStill(options.name, isStill)
      observer.process(this, isStill ? 'paused' : 'resumed')
    })
    this.disk = new SimDisk({
      rng: world.rng(`disk ${options.name}`),
      schedule: (delayMs, call) => world.schedule(delayMs, call),
      // The machine does what was asked of it; a process that stands still hears of it later.
      tell: (call) => this.#standstill.take(call),
    })
  }

  get isPaused(): boolean {
    return this.#standstill.isStill
  }

  start(): void {
    if (this.isKeptDown || this.host !== undefined) return
    this.starts++
    this.startedMs = this.#world.nowMs
    this.#observer.process(this, 'starting')
    const life = {}
    this.#life = life
    const timers = this.#timersOf(life)
    const host = this.#makeHost(timers)
    this.host = host
    this.#observe(host)
    // Peers may call before it serves: a node that joins needs them.
    this.#network.listen(`sim://${this.name}`, (link) => {
      const events = host.isListening ? host.accept(link) : undefined
      return events && this.#standstill.gated(events)
    })
    host.start((error) => {
      if (this.#life !== life || this.#isStopping) return
      if (error !== undefined) {
        // A supervisor starts it again until its disk lets it.
        if (error.code === 'ERR_DISK_FAILED' || error.code === 'ERR_DISK_FULL') this.#startLater()
        else if (error.code === 'ERR_LOG_DAMAGED' && this.disk.isDamaged) this.#startLater()
        else if (error.code === 'ERR_LOG_FOREIGN' && this.disk.isDamaged) {
          // Damage hit the one place that tells whose log it is: an operator begins anew.
          this.exchangeDisk()
          this.#startLater()
        } else this.#failed(this, error)
        return
      }
      this.isServing = true
      this.#observer.process(this, 'up')
      this.#listen(host, timers)
    })
  }

  /** What these records of its log lead to. */
  replayOf(records: readonly LogRecord[]): Replica {
    const now = { wallMs: this.clock.wallMs(), monoMs: this.clock.monoMs() }
    const identity = { name: this.name, cluster: CLUSTER, address: '', rng: seededRng(1), hasSeeds: true }
    const replica = new Replica({ ...this.#replicaOptions, ...identity }, now)
    for (const record of records) replica.recover(record, now)
    replica.start(now)
    return replica
  }

  /** Ends the process at once. `loss`: what the disk loses with it. `isSilent`: peers are not told by a reset. */
  crash(loss: TailLoss, isSilent: boolean): void {
    const { host } = this
    if (host === undefined) return
    this.disk.loseTail = loss
    this.disk.crash()
    this.#ended(host, loss, isSilent)
  }

  image(): DiskImage {
    return { files: this.disk.image(), kept: this.#observer.imaged(this), isDamaged: this.disk.isDamaged }
  }

  /** Kills the process, puts another disk in, an empty one if none is given, and returns the one that was there. */
  exchangeDisk(image: DiskImage = EMPTY_DISK): DiskImage {
    this.crash('none', false)
    const before = this.image()
    this.disk.restore(image.files)
    this.disk.isDamaged = image.isDamaged
    this.#observer.diskReplaced(this, image.kept)
    return before
  }

  /** Ends the process in good order, as a signal does, and calls back when it has ended, by this or by a crash meanwhile. */
  stop(done: () => void): void {
    const { host } = this
    const life = this.#life
    if (host === undefined || this.#isStopping) {
      this.#world.schedule(0, done)
      return
    }
    this.#isStopping = true
    this.isServing = false
    this.#onEnd = done
    this.#network.deafen(this.name)
    this.#standstill.take(() => {
      if (this.#life !== life) return
      host.close((error) => {
        if (this.#life !== life) return
        if (error !== undefined) throw error
        // It may have been reading its log still: with the process that ends.
        this.disk.loseTail = 'none'
        this.disk.crash()
        this.#ended(host, 'none', false)
      })
    })
  }

  #startLater(): void {
    this.crash('none', false)
    this.#world.schedule(RESTART_MS, () => this.start())
  }

  #ended(host: Host, loss: TailLoss, isSilent: boolean): void {
    this.host = undefined
    this.#life = undefined
    this.isServing = false
    this.#isStopping = false
    this.#standstill.end()
    this.#network.setStill(this.name, false)
    this.#network.kill(this.name, isSilent)
    this.#observer.crashed(this, loss, host)
    this.#observer.process(this, 'down')
    const done = this.#onEnd
    this.#onEnd = undefined
    done?.()
  }

  /**
   * The process stands still until what this returns is called, or longer by another pause. Its machine still takes frames
   * for it, and its disk does what was asked.
   */
  pause(): () => void {
    return this.host === undefined ? () => undefined : this.#standstill.begin()
  }

  #listen(host: Host, timers: Timers): void {
    const session = { api: host, frameBytesMax: FRAME_BYTES_MAX, faults: false, logger: this.#logger, timers }
    const counts = newSessionCounts()
    this.#network.listen(`sim://${this.name}/client`, (link: Link) =>
      this.#standstill.gated(createSession({ ...session, link, counts })),
    )
  }

  #timersOf(life: object): Timers {
    const isAlive = (): boolean => this.#life === life
    return {
      after: (ms, call) => {
        let isDue = true
        const ring = (): void => {
          if (isDue && isAlive()) call()
        }
        this.#world.schedule(this.clock.trueMs(ms), () => this.#standstill.take(ring))
        return () => {
          isDue = false
        }
      },
      afterTurn: (call) => {
        const turn = (): void => {
          if (isAlive()) call()
        }
        this.#world.schedule(0, () => this.#standstill.take(turn))
      },
    }
  }

  #makeHost(timers: Timers): Host {
    const network = this.#network.transport(this.name)
    const transport: Transport = { dial: (address, events) => network.dial(address, this.#standstill.gated(events)) }
    return new Host(
      {
        name: this.name,
        cluster: CLUSTER,
        address: `sim://${this.name}`,
        seeds: this.#seeds,
        dataDir: `/${this.name}`,
        fsync: this.fsync,
        fsyncIntervalMs: FSYNC_INTERVAL_MS,
        segmentBytesMax: SEGMENT_BYTES_MAX,
        faults: false,
        replica: this.#replicaOptions,
        dial: DIAL_DEFAULTS,
        links: LINK_LIMITS,
        limits: HOST_LIMITS,
      },
      {
        clock: this.clock,
        timers,
        rng: this.#world.rng(`node ${this.name} ${this.starts}`),
        disk: this.disk.mount(),
        transport,
        logger: this.#logger,
        onFatal: (error) => this.#failed(this, error),
      },
    )
  }

  /** Lets the observer see what goes in and comes out; the replica itself is the shipped one. */
  #observe(host: Host): void {
    const { replica } = host
    const step = replica.step.bind(replica)
    const start = replica.start.bind(replica)
    const recover = replica.recover.bind(replica)
    replica.recover = (record, now) => {
      this.#observer.recovered(this, record)
      recover(record, now)
    }
    const salvage = replica.salvage.bind(replica)
    replica.salvage = (record, now) => {
      this.#observer.salvageRead(this, record)
      salvage(record, now)
    }
    const missesSome = replica.missesSome.bind(replica)
    replica.missesSome = () => {
      if (!this.disk.isDamaged) this.#failed(this, UNDAMAGED)
      missesSome()
    }
    replica.start = (now) => {
      // Its first act takes in what the log left open: before it the state is not whole.
      const effects = start(now)
      this.#observer.replayed(this)
      this.#observer.stepped(this, now, { kind: 'tick' }, effects)
      return effects
    }
    replica.step = (now, input) => {
      const effects = step(now, input)
      this.#observer.stepped(this, now, input, effects)
      return effects
    }
  }
}
