/**
 * One simulated machine: a disk that outlives crashes, a clock that may be wrong, and the process that runs the shipped
 * host and its client sessions on them. A paused process takes nothing in until it is resumed; then all of it at once.
 * Observers see every input's effects, so that checkers know what the node believes without asking it.
 */

import { DIAL_DEFAULTS } from '../src/core/dialer.ts'
import type { HearsayError } from '../src/core/errors.ts'
import type { Link, LinkEvents, Logger, Timers, Transport } from '../src/core/ports.ts'
import type { LogRecord } from '../src/core/record.ts'
import { REPLICA_DEFAULTS } from '../src/core/replica-options.ts'
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
import type { World } from './world.ts'

export interface NodeObserver {
  stepped(node: SimNode, now: Now, input: Input, effects: readonly Effect[]): void
  recovered(node: SimNode, record: LogRecord): void
  /** The log is replayed and a new origin drawn; nothing else has happened yet. */
  replayed(node: SimNode): void
  /** `host` is what ended. */
  crashed(node: SimNode, loss: TailLoss, host: Host): void
  process(node: SimNode, state: ProcessState): void
}

export interface SimNodeOptions {
  readonly name: string
  readonly seeds: readonly string[]
  readonly fsync: FsyncMode
  /** How far its clock is ahead of true time for good, ms. */
  readonly clockOffMs: number
}

/** Small, so that short runs meet pieces, windows, chunks and full queues. */
const REPLICA_LIMITS = { ...REPLICA_DEFAULTS, pieceBytesMax: 512, pieceWindow: 3, pushBytesMax: 256 }
export const LINK_LIMITS: typeof LINK_DEFAULTS = {
  ...LINK_DEFAULTS,
  pushQueueBytesMax: 4 * 1024,
  linkQueueBytesMax: 16 * 1024,
}
export const HOST_LIMITS: typeof HOST_DEFAULTS = { ...HOST_DEFAULTS, logPendingBytesMax: 8 * 1024, tickMs: 200 }
const SEGMENT_BYTES_MAX = 16 * 1024
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
  readonly #observer: NodeObserver
  readonly #failed: (node: SimNode, error: HearsayError) => void
  readonly #logger: Logger
  /** The present run of the process: what a former one left in the world finds nobody. */
  #life: object | undefined
  #isStopping = false
  /** Told when the process has ended. */
  #onEnd: (() => void) | undefined
  /** What came while the process was paused. */
  #backlog: (() => void)[] | undefined
  /** Pauses that stand; each is taken back by itself. */
  readonly #pauses = new Set<object>()

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
    this.#world = world
    this.#network = network
    this.#observer = observer
    this.#failed = failed
    const say = (_fields: object, text: string): void => world.say(text, this.name)
    this.#logger = { debug: () => {}, info: say, warn: say, error: say }
    this.clock = new NodeClock(world, world.rng(`boot of ${options.name}`)() * BOOT_MS_MAX)
    if (options.clockOffMs !== 0) this.clock.disturb({ offMs: options.clockOffMs })
    this.disk = new SimDisk({
      rng: world.rng(`disk ${options.name}`),
      schedule: (delayMs, call) => world.schedule(delayMs, call),
      // The machine does what was asked of it; a process that stands still hears of it later.
      tell: (call) => this.#take(call),
    })
  }

  get isPaused(): boolean {
    return this.#backlog !== undefined
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
    host.start((error) => {
      if (this.#life !== life || this.#isStopping) return
      if (error !== undefined) {
        this.#failed(this, error)
        return
      }
      this.isServing = true
      this.#observer.process(this, 'up')
      this.#listen(host, timers)
    })
  }

  /** Ends the process at once. `loss`: what the disk loses with it. `isSilent`: peers are not told by a reset. */
  crash(loss: TailLoss, isSilent: boolean): void {
    const { host } = this
    if (host === undefined) return
    this.disk.loseTail = loss
    this.disk.crash()
    this.#ended(host, loss, isSilent)
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
    this.#take(() => {
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

  #ended(host: Host, loss: TailLoss, isSilent: boolean): void {
    this.host = undefined
    this.#life = undefined
    this.isServing = false
    this.#isStopping = false
    this.#backlog = undefined
    this.#pauses.clear()
    this.#network.setStill(this.name, false)
    this.#network.kill(this.name, isSilent)
    this.#observer.crashed(this, loss, host)
    this.#observer.process(this, 'down')
    const done = this.#onEnd
    this.#onEnd = undefined
    done?.()
  }

  /**
   * The process stands still, as under SIGSTOP, until what this returns is called, or longer by another pause. Its machine
   * still takes frames for it, and its disk does what was asked.
   */
  pause(): () => void {
    if (this.host === undefined) return () => undefined
    if (this.#backlog === undefined) {
      this.#backlog = []
      this.#network.setStill(this.name, true)
      this.#observer.process(this, 'paused')
    }
    const pause = {}
    this.#pauses.add(pause)
    return () => {
      if (this.#pauses.delete(pause) && this.#pauses.size === 0) this.#resume()
    }
  }

  #resume(): void {
    const backlog = this.#backlog ?? []
    this.#backlog = undefined
    this.#network.setStill(this.name, false)
    this.#observer.process(this, 'resumed')
    const life = this.#life
    for (const call of backlog) if (this.#life === life) call()
  }

  #take(call: () => void): void {
    if (this.#backlog === undefined) call()
    else this.#backlog.push(call)
  }

  #listen(host: Host, timers: Timers): void {
    const session = { api: host, frameBytesMax: FRAME_BYTES_MAX, faults: false, logger: this.#logger, timers }
    const counts = newSessionCounts()
    this.#network.listen(`sim://${this.name}`, (link) => this.#gated(host.accept(link)))
    this.#network.listen(`sim://${this.name}/client`, (link: Link) =>
      this.#gated(createSession({ ...session, link, counts })),
    )
  }

  #gated(events: LinkEvents): LinkEvents
  #gated(events: LinkEvents | undefined): LinkEvents | undefined
  #gated(events: LinkEvents | undefined): LinkEvents | undefined {
    if (events === undefined) return undefined
    return {
      opened: () => this.#take(() => events.opened()),
      frame: (bytes) => (this.#backlog === undefined ? events.frame(bytes) : this.#take(() => events.frame(bytes))),
      drained: () => this.#take(() => events.drained()),
      closed: (reason) => this.#take(() => events.closed(reason)),
    }
  }

  #timersOf(life: object): Timers {
    const isAlive = (): boolean => this.#life === life
    return {
      after: (ms, call) => {
        let isDue = true
        const ring = (): void => {
          if (isDue && isAlive()) call()
        }
        this.#world.schedule(this.clock.trueMs(ms), () => this.#take(ring))
        return () => {
          isDue = false
        }
      },
      afterTurn: (call) => {
        const turn = (): void => {
          if (isAlive()) call()
        }
        this.#world.schedule(0, () => this.#take(turn))
      },
    }
  }

  #makeHost(timers: Timers): Host {
    const network = this.#network.transport(this.name)
    const transport: Transport = { dial: (address, events) => network.dial(address, this.#gated(events)) }
    return new Host(
      {
        name: this.name,
        cluster: 'sim',
        address: `sim://${this.name}`,
        seeds: this.#seeds,
        dataDir: `/${this.name}`,
        fsync: this.fsync,
        fsyncIntervalMs: FSYNC_INTERVAL_MS,
        segmentBytesMax: SEGMENT_BYTES_MAX,
        faults: false,
        replica: REPLICA_LIMITS,
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
