/**
 * What a program of a user holds of a simulated cluster: clients, time and chance, and its hands on network and nodes. All
 * that the program did to the cluster is taken back when it ends, so that the cluster can agree; until then nobody else
 * starts a node that the program has killed.
 */

import { type Client, type ConnectOptions, connectOver } from '../src/client/client.ts'
import { HearsayError } from '../src/core/errors.ts'
import type { Rng } from '../src/core/rng.ts'
import type { Disturbance } from './network.ts'
import { overheard } from './overheard.ts'
import type { SimNode } from './sim-node.ts'
import type { Simulation } from './simulation.ts'
import { clientNames } from './swarm.ts'

/** Names of nodes are checked: `ERR_INVALID_ARGUMENT` for one that there is not. Times are simulated. */
export interface Cluster {
  readonly seed: number
  readonly nodes: readonly string[]
  /**
   * A client of the shipped code. It calls these nodes in turn, all of them when none is named, and reaches each as long
   * as that is up: partitions that the program makes are between nodes.
   */
  connect<V = unknown>(nodes?: string | readonly string[], options?: ConnectOptions<V>): Client<V>
  /** Resolves after so many simulated ms. Never wait for anything of the real world. */
  sleep(ms: number): Promise<void>
  /** Unix ms on a clock that is right. Use it in place of `Date.now`. */
  now(): number
  /** 0 ≤ x < 1, from the seed. Use it in place of `Math.random`. */
  readonly random: Rng
  /** Cuts the cluster into parts; a node that is in none stands alone. Returns what takes just this cut back. */
  partition(...parts: (readonly string[])[]): () => void
  /** What `from` sends to `to` waits. Returns what releases it, all at once. */
  hold(from: string, to: string): () => void
  /** Takes back every cut and hold that the program made. */
  heal(): void
  /** Kills the process of a node; its disk stays. It is down until `start`, or until the program ends. */
  crash(node: string): void
  /** Starts a node that is down. */
  start(node: string): void
  /** The process of a node stands still until `resume`, or until the program ends. */
  pause(node: string): void
  resume(node: string): void
  /** A line for the trace. */
  say(text: string): void
}

export class Program implements Cluster {
  /** Something that the program may wait for has happened. */
  isTouched = false
  isBusy = true
  readonly random: Rng
  readonly #simulation: Simulation
  readonly #undo = new Set<() => void>()
  /** Killed by the program. */
  readonly #down = new Set<SimNode>()
  /** Node → what ends its pause. */
  readonly #paused = new Map<string, () => void>()
  #clients = 0
  /** That are not over. */
  readonly #sleeps = new Set<{ readonly untilMs: number }>()

  constructor(simulation: Simulation) {
    this.#simulation = simulation
    this.random = simulation.world.rng('program')
  }

  get seed(): number {
    return this.#simulation.plan.seed
  }

  get nodes(): readonly string[] {
    return this.#simulation.nodes.map(({ name }) => name)
  }

  /** Its clients, behind those of the plan. */
  get clients(): readonly string[] {
    const before = this.#simulation.plan.clients
    return clientNames(before + this.#clients).slice(before)
  }

  end(): void {
    this.isBusy = false
    this.heal()
    for (const name of [...this.#paused.keys()]) this.resume(name)
    for (const { name } of this.#down) this.start(name)
  }

  /** For a program that was given up, `seconds` being those of its options. */
  whyItRuns(seconds: number): string {
    const ends = Math.max(0, ...[...this.#sleeps].map(({ untilMs }) => untilMs)) / 1_000
    const nowSeconds = Math.round(this.#simulation.world.nowMs / 1_000)
    const given = `it still runs ${nowSeconds - seconds} simulated seconds after \`seconds: ${seconds}\` were over`
    return ends > 0
      ? `${given}, and sleeps until ${Math.ceil(ends)} s: give it \`seconds: ${Math.ceil(ends)}\` or more`
      : `${given}, and sleeps for nothing: does it wait for something outside the simulation, or need more \`seconds\`?`
  }

  connect<V = unknown>(nodes: string | readonly string[] = this.nodes, options?: ConnectOptions<V>): Client<V> {
    const names = typeof nodes === 'string' ? [nodes] : nodes
    for (const name of names) this.#node(name)
    const simulation = this.#simulation
    const { world, network } = simulation
    const place = `c${simulation.plan.clients + ++this.#clients}`
    const transport = overheard(network.transport(place), place, simulation, () => {
      this.isTouched = true
    })
    const connect = connectOver({
      // The client knows addresses of WebSockets.
      transport: { dial: (url, events) => transport.dial(`sim://${new URL(url).hostname}/client`, events) },
      timers: {
        after: (ms, call) => this.#after(ms, call),
        afterTurn: (call) => void this.#after(0, call),
      },
      clock: { monoMs: () => world.nowMs },
      rng: world.rng(`client ${place}`),
    })
    return connect<V>(
      names.map((name) => `ws://${name}`),
      options,
    )
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const sleep = { untilMs: this.#simulation.world.nowMs + ms }
      this.#sleeps.add(sleep)
      this.#after(ms, () => {
        this.#sleeps.delete(sleep)
        resolve()
      })
    })
  }

  now(): number {
    return Math.floor(this.#simulation.unixMs)
  }

  partition(...parts: (readonly string[])[]): () => void {
    for (const name of parts.flat()) this.#node(name)
    const part = new Map(parts.flatMap((names, i) => names.map((name) => [name, i] as const)))
    const isNode = new Set(this.nodes)
    this.say(`partition ${parts.map((names) => names.join(',')).join(' | ')}`)
    return this.#disturb({
      between: (from, to) => isNode.has(from) && isNode.has(to) && (part.get(from) ?? from) !== (part.get(to) ?? to),
      cut: true,
    })
  }

  hold(from: string, to: string): () => void {
    this.#node(from)
    this.#node(to)
    this.say(`hold ${from} > ${to}`)
    return this.#disturb({ between: (a, b) => a === from && b === to, hold: true })
  }

  heal(): void {
    if (this.#undo.size > 0) this.say('heal')
    for (const undo of [...this.#undo]) undo()
  }

  crash(name: string): void {
    const node = this.#node(name)
    node.crash('none', false)
    // Or the nemesis would start it when faults are over.
    node.isKeptDown = true
    this.#paused.delete(name)
    this.#down.add(node)
    this.say(`kill ${name}`)
  }

  start(name: string): void {
    const node = this.#node(name)
    if (this.#down.delete(node)) node.isKeptDown = false
    if (node.host !== undefined) return
    this.say(`start ${name}`)
    node.start()
  }

  pause(name: string): void {
    const node = this.#node(name)
    if (!this.#paused.has(name)) this.#paused.set(name, node.pause())
  }

  resume(name: string): void {
    this.#node(name)
    const resume = this.#paused.get(name)
    this.#paused.delete(name)
    resume?.()
  }

  say(text: string): void {
    this.#simulation.world.say(`program: ${text}`)
  }

  #disturb(disturbance: Disturbance): () => void {
    const takeBack = this.#simulation.network.disturb(disturbance)
    const undo = (): void => {
      if (this.#undo.delete(undo)) takeBack()
    }
    this.#undo.add(undo)
    return undo
  }

  #after(ms: number, call: () => void): () => void {
    let isDue = true
    this.#simulation.world.schedule(ms, () => {
      if (!isDue) return
      this.isTouched = true
      call()
    })
    return () => {
      isDue = false
    }
  }

  #node(name: string): SimNode {
    const node = this.#simulation.nodes.find((one) => one.name === name)
    if (node !== undefined) return node
    throw new HearsayError('ERR_INVALID_ARGUMENT', `there is no node ${name}; there are ${this.nodes.join(', ')}`)
  }
}
