/**
 * One simulated machine: a disk that outlives crashes, a clock that may be wrong, and the process that runs the shipped
 * host on them. Observers see every input's effects, so that checkers know what the node believes without asking it.
 */

import { DIAL_DEFAULTS } from '../src/core/dialer.ts'
import type { HearsayError } from '../src/core/errors.ts'
import type { Clock, Logger, Timers } from '../src/core/ports.ts'
import type { LogRecord } from '../src/core/record.ts'
import { REPLICA_DEFAULTS } from '../src/core/replica-options.ts'
import type { Effect, Input, Now } from '../src/core/step.ts'
import { Host } from '../src/host/host.ts'
import { HOST_DEFAULTS } from '../src/host/host-options.ts'
import { LINK_DEFAULTS } from '../src/host/links.ts'
import type { FsyncMode } from '../src/storage/fsync-mode.ts'
import { SimDisk, type TailLoss } from './disk.ts'
import type { Network } from './network.ts'
import { SIM_EPOCH_MS, type World } from './world.ts'

export interface NodeObserver {
  stepped(node: SimNode, now: Now, input: Input, effects: readonly Effect[]): void
  recovered(node: SimNode, record: LogRecord): void
  /** The log is replayed; nothing else has happened yet. */
  replayed(node: SimNode): void
  crashed(node: SimNode): void
}

export interface SimNodeOptions {
  readonly name: string
  readonly seeds: readonly string[]
  readonly fsync: FsyncMode
}

export class SimNode {
  readonly name: string
  readonly fsync: FsyncMode
  readonly disk: SimDisk
  /** How far this machine's clock is from true time, ms. */
  #skewMs = 0
  /** The greatest it ever was. */
  skewMostMs = 0
  host: Host | undefined
  isServing = false
  starts = 0
  readonly #world: World
  readonly #network: Network
  readonly #options: SimNodeOptions
  readonly #observer: NodeObserver
  readonly #failed: (node: SimNode, error: HearsayError) => void

  constructor(
    world: World,
    network: Network,
    options: SimNodeOptions,
    observer: NodeObserver,
    failed: (node: SimNode, error: HearsayError) => void,
  ) {
    this.name = options.name
    this.fsync = options.fsync
    this.#world = world
    this.#network = network
    this.#options = options
    this.#observer = observer
    this.#failed = failed
    this.disk = new SimDisk({
      rng: world.rng(`disk ${options.name}`),
      schedule: (delayMs, call) => world.schedule(delayMs, call),
    })
  }

  get skewMs(): number {
    return this.#skewMs
  }

  set skewMs(ms: number) {
    this.#skewMs = ms
    this.skewMostMs = Math.max(this.skewMostMs, ms)
  }

  start(): void {
    this.starts++
    const host: Host = this.#makeHost(`${this.name} ${this.starts}`)
    this.host = host
    this.#observe(host)
    host.start((error) => {
      if (this.host !== host) return
      if (error !== undefined) {
        this.#failed(this, error)
        return
      }
      this.isServing = true
      this.#network.listen(this.name, (link) => host.accept(link))
    })
  }

  /** Ends the process at once. `loss`: what the disk loses with it. `isSilent`: peers are not told by a reset. */
  crash(loss: TailLoss, isSilent: boolean): void {
    if (this.host === undefined) return
    this.host = undefined
    this.isServing = false
    this.#network.kill(this.name, isSilent)
    this.disk.loseTail = loss
    this.disk.crash()
    this.#observer.crashed(this)
  }

  #makeHost(run: string): Host {
    let host: Host | undefined
    const isAlive = (): boolean => this.host === host
    // Each start counts from an instant of its own, as a machine does from its boot.
    const bootMs = this.#world.nowMs - this.#world.rng(`boot of ${run}`)() * 1_000_000
    const clock: Clock = {
      wallMs: () => SIM_EPOCH_MS + this.#world.nowMs + this.#skewMs,
      monoMs: () => this.#world.nowMs - bootMs,
    }
    const timers: Timers = {
      after: (ms, call) => {
        let isDue = true
        this.#world.schedule(ms, () => isDue && isAlive() && call())
        return () => {
          isDue = false
        }
      },
      afterTurn: (call) => this.#world.schedule(0, () => isAlive() && call()),
    }
    const say = (_fields: object, text: string): void => this.#world.say(`${this.name}: ${text}`)
    const logger: Logger = { debug: () => {}, info: say, warn: say, error: say }
    host = new Host(
      {
        name: this.name,
        cluster: 'sim',
        address: `sim://${this.name}`,
        seeds: this.#options.seeds,
        dataDir: `/${this.name}`,
        fsync: this.fsync,
        fsyncIntervalMs: 500,
        segmentBytesMax: 16 * 1024,
        faults: false,
        // Small limits, so that short runs meet pieces, windows and chunks.
        replica: { ...REPLICA_DEFAULTS, pieceBytesMax: 512, pieceWindow: 3, pushBytesMax: 256 },
        dial: DIAL_DEFAULTS,
        links: LINK_DEFAULTS,
        limits: HOST_DEFAULTS,
      },
      {
        clock,
        timers,
        rng: this.#world.rng(`node ${run}`),
        disk: this.disk.mount(),
        transport: this.#network.transport(this.name),
        logger,
        onFatal: (error) => this.#failed(this, error),
      },
    )
    return host
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
      this.#observer.replayed(this)
      const effects = start(now)
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
