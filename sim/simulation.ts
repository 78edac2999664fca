/**
 * A cluster, its clients, a nemesis and the checkers in one world, and the course of a run: first chaos, by the plan; then
 * faults end within a connected core, which must agree in a stated time; then everything is whole, all must agree, and
 * fall silent; at last each node must take a write. The course says only up to when time shall run, so that whoever drives it may do so at once
 * (`run.ts`) or in turns with the program of a user (`simulate.ts`).
 */

import { nameOf } from '../src/core/origin.ts'
import { aftermathOf } from './aftermath.ts'
import { agree, knowIt } from './agreement.ts'
import { type Checker, type MakeChecker, type Phase, type Scene, Violation } from './checker.ts'
import { CHECKERS } from './checkers/index.ts'
import type { Stage } from './faults/fault.ts'
import { History } from './history.ts'
import { Ledger } from './ledger.ts'
import { Nemesis } from './nemesis.ts'
import { Network } from './network.ts'
import { observing } from './observing.ts'
import { type Order, order } from './orders.ts'
import { hashOfStep, isOperation, type Plan, type Step } from './plan.ts'
import type { Recorder } from './recorder.ts'
import { isConnected } from './shrink/places.ts'
import { SimClient } from './sim-client.ts'
import { type NodeObserver, SimNode } from './sim-node.ts'
import { clientNames, nodeNames } from './swarm.ts'
import { Tally } from './tally.ts'
import { SIM_EPOCH_MS, World } from './world.ts'

/** Simulated time within which a connected part without faults must agree. */
const AGREE_WITHIN_MS = 30_000
/** Simulated time for which the cluster is watched when it has nothing to say, in one of so many seeds. */
const IDLE_MS = 14_000
const IDLE_EVERY = 3
/** In the others, so that clients hear the last of it. */
const LAST_WORDS_MS = 1_500
/** Within this time each node takes the last write, simulated ms. */
const LAST_WRITE_MS = 5_000
/** A program of a user may go on for so long after the last fault, simulated ms. */
const BUSY_MS_MAX = 600_000
/** Checkers look around so often. */
const SAMPLE_MS = 1_000

/** The shipped code stopped by itself, or refused to start: no fault of these runs may do that. */
export const NODES_GO_ON: Pick<Checker, 'id' | 'rule'> = { id: 'I0', rule: 'no node stops by itself' }

/** What a program of a user owes. */
export const PROGRAM_ENDS: Pick<Checker, 'id' | 'rule'> = { id: 'P1', rule: 'the program runs to its end' }

export interface RunWatch {
  /** Hears each line that nodes and the nemesis say. */
  tell?(line: string): void
  readonly recorder?: Recorder
  /** Who judges it, in place of all checkers: none where a run shall go on to its end whatever breaks. */
  readonly checkers?: readonly MakeChecker[]
}

export class Simulation implements Scene, Stage {
  readonly plan: Plan
  readonly world: World
  readonly network: Network
  readonly nodes: SimNode[] = []
  readonly clients: SimClient[] = []
  readonly ledger: Ledger = new Ledger()
  readonly history: History = new History()
  readonly nemesis: Nemesis
  phase: Phase = 'chaos'
  /** Until all agreed, from when faults and writes were both over, ms. */
  agreedAfterMs = 0
  readonly checkers: readonly Checker[]
  readonly #tally = new Tally()
  readonly #observer: NodeObserver
  readonly #recorder: Recorder | undefined
  readonly #seeds: readonly string[]
  #nextStep = 0

  constructor(plan: Plan, { tell, recorder, checkers: makers = CHECKERS }: RunWatch = {}) {
    this.plan = plan
    this.world = new World(plan.seed)
    this.network = new Network(this.world, plan.delayMs)
    this.#recorder = recorder
    recorder?.attach(this.world)
    if (recorder !== undefined) this.network.observe = (...frame) => recorder.frame(...frame)
    this.world.tell = (text, node) => {
      tell?.(`${(this.world.nowMs / 1000).toFixed(3).padStart(8)} s  ${node === undefined ? '' : `${node}: `}${text}`)
      recorder?.note(text, node)
    }
    this.checkers = makers.map((make) => make(this))
    for (const checker of this.checkers) this.history.listen(checker)
    this.history.listen({
      called: ({ operation }) => this.ledger.asks(operation),
      ended: (call) => {
        recorder?.call(call)
        if (call.version !== undefined && this.network.isAnyCut(call.node)) this.#tally.count('acknowledgedUnderCut')
        if (call.code === 'ERR_OVERLOADED') this.#tally.count('writesOverloaded')
      },
      watchLost: () => this.#tally.count('watchesLost'),
      answered: (one) => this.#countAnswer(one),
    })
    const { world, ledger, checkers } = this
    this.#observer = observing({ world, ledger, tally: this.#tally, checkers, recorder })
    const names = nodeNames(plan.nodes)
    this.#seeds = names.slice(0, 2).map((name) => `sim://${name}`)
    for (const name of names) this.#addNode(name)
    this.nemesis = new Nemesis(this, {
      struck: (fault) => recorder?.fault(fault, Math.min(this.world.nowMs + fault.forMs, plan.lengthMs)),
    })
  }

  node(name: string): SimNode {
    const node = this.nodes.find((one) => one.name === name)
    if (node === undefined) throw new Error(`there is no node ${name}`)
    return node
  }

  join(name: string): SimNode {
    const node = this.#addNode(name)
    node.start()
    return node
  }

  /** True time, Unix ms. */
  get unixMs(): number {
    return SIM_EPOCH_MS + this.world.nowMs
  }

  /**
   * Yields up to when time shall run next. What is broken is thrown where it is found. While a program of a user is busy
   * the last judgement waits, but not for ever.
   */
  *course(isBusy: () => boolean = () => false): Generator<number, void> {
    const { plan, world } = this
    for (const node of this.nodes) world.schedule(world.rng(`start of ${node.name}`)() * 500, () => node.start())
    const names = this.nodes.map(({ name }) => name)
    clientNames(plan.clients).forEach((name, i) => {
      const favourites = names.map((_, at) => names[(i + at) % names.length] ?? name)
      this.clients.push(new SimClient(world, this.network, this.history, name, favourites))
    })
    this.#scheduleNextStep()
    yield* this.#until(plan.lengthMs)
    if (plan.core.nodes.length > 0) yield* this.#settleCore()
    else this.nemesis.stop()
    this.phase = 'whole'
    const busyUntilMs = world.nowMs + BUSY_MS_MAX
    while (isBusy()) {
      if (world.nowMs >= busyUntilMs)
        throw new Violation(
          PROGRAM_ENDS,
          `it still runs ${BUSY_MS_MAX / 1_000} simulated seconds after the last fault: does it wait for something outside the simulation?`,
        )
      yield* this.#until(world.nowMs + SAMPLE_MS)
    }
    const wholeMs = world.nowMs
    const deadlineMs = wholeMs + AGREE_WITHIN_MS
    while (!agree(this.nodes) && world.nowMs < deadlineMs) yield* this.#until(world.nowMs + 100)
    this.agreedAfterMs = world.nowMs - wholeMs
    // They hold the same; soon they also know that of each other.
    while (!knowIt(this.nodes, wholeMs) && world.nowMs < deadlineMs) yield* this.#until(world.nowMs + SAMPLE_MS)
    for (const checker of this.checkers) checker.settled?.(this.nodes)
    this.phase = 'idle'
    yield* this.#until(world.nowMs + (plan.seed % IDLE_EVERY === 0 ? IDLE_MS : LAST_WORDS_MS))
    this.#recorder?.state(this.nodes)
    this.#tally.add({ ...aftermathOf(this.nodes, this.ledger, this.unixMs) })
    for (const checker of this.checkers) checker.finish?.()
    yield* this.#lastWrites()
  }

  /** Whatever a node went through, it is of use again. */
  *#lastWrites(): Generator<number, void> {
    this.phase = 'last'
    const value = 'the last'
    for (const node of this.nodes) {
      const key = `last/${node.name}`
      this.ledger.asks({ kind: 'put', atMs: this.world.nowMs, client: '', key, value })
      const changes = [{ key, value: Buffer.from(value), ttlMs: undefined }]
      order(node, { kind: 'write' }, this.history, (host, done) => host.write(changes, (error) => done(error)))
    }
    const isWaiting = (): boolean => [...this.history.waiting].some(({ kind }) => kind === 'write')
    const untilMs = this.world.nowMs + LAST_WRITE_MS
    while (isWaiting() && this.world.nowMs < untilMs) yield* this.#until(this.world.nowMs + 100)
    if (isWaiting()) throw new Violation(NODES_GO_ON, `a node has not answered a write for ${LAST_WRITE_MS} ms`)
  }

  #countAnswer({ kind, report, error }: Order): void {
    if (kind === 'resetClock' && error === undefined) this.#tally.count('clocksReset')
    if (kind === 'sync') this.#tally.count(report === undefined ? 'syncsRefused' : 'syncsDone')
    if (report !== undefined && report.taken + report.removed > 0) this.#tally.count('syncsRepaired')
  }

  /** What happened how often, over all nodes and their runs. */
  tally(): Readonly<Record<string, number>> {
    const tally = this.#tally.copy()
    for (const { host } of this.nodes) if (host !== undefined) tally.add(host.status().counters)
    tally.add(this.network.counts)
    for (const [kind, count] of this.nemesis.strikes) tally.add({ [`strikes of ${kind}`]: count })
    const { ok, failed, maybe } = this.history.counts
    tally.add({ callsOk: ok, callsFailed: failed, callsMaybe: maybe })
    return tally.counts
  }

  *#until(untilMs: number): Generator<number, void> {
    const { world } = this
    while (world.nowMs < untilMs) {
      yield Math.min(world.nowMs + SAMPLE_MS, untilMs)
      for (const checker of this.checkers) checker.sample?.()
      this.#recorder?.state(this.nodes)
    }
  }

  /**
   * Outside the core nodes are cut off, and some are down; within, only the links of the core are there. The cut comes
   * first: what nodes of the core lack they must get from each other.
   */
  *#settleCore(): Generator<number, void> {
    const { core } = this.plan
    const { world } = this
    this.phase = 'core'
    const links = new Set(core.links.flatMap(([a, b]) => [`${a}>${b}`, `${b}>${a}`]))
    world.say(
      `nemesis: only ${core.nodes.join(', ')} are connected, by ${core.links.map((l) => l.join('–')).join(', ')}`,
    )
    const isNode = new Set(this.nodes.map(({ name }) => name))
    const undo = this.network.disturb({
      between: (from, to) => isNode.has(from) && isNode.has(to) && !links.has(`${from}>${to}`),
      cut: true,
    })
    this.nemesis.stop()
    const inside = this.nodes.filter(({ name }) => core.nodes.includes(name))
    for (const node of this.nodes) {
      if (!inside.includes(node) && world.hash(`outside ${node.name}`) % 2 === 0) node.crash('none', true)
    }
    const canMeet = this.#canMeet()
    if (canMeet && !agree(inside)) this.#tally.count('coresHadToAgree')
    const deadlineMs = world.nowMs + AGREE_WITHIN_MS
    while (canMeet && !agree(inside) && world.nowMs < deadlineMs) yield* this.#until(world.nowMs + 100)
    if (canMeet) {
      for (const checker of this.checkers) checker.settled?.(inside)
      this.#tally.count('coresSettled')
    }
    undo()
    world.say('nemesis: all are connected')
    this.nemesis.startAll()
  }

  /** Whether those of the core find each other by what they know: a node that never met anybody calls its seeds only. */
  #canMeet(): boolean {
    const { nodes, links } = this.plan.core
    const known = links.filter(([a, b]) => this.#knows(a, b) || this.#knows(b, a))
    return isConnected({ nodes, links: known })
  }

  #knows(name: string, other: string): boolean {
    if (this.#seeds.includes(`sim://${other}`)) return true
    const records = this.ledger.recordsOf(name).slice(0, this.ledger.durable.get(name) ?? 0)
    return records.some((record) => record.kind === 'member' && nameOf(record.origin) === other)
  }

  /** One event at a time, so that a long plan does not fill the heap. */
  #scheduleNextStep(): void {
    const step = this.plan.steps[this.#nextStep++]
    if (step === undefined) return
    this.world.scheduleOutside(step.atMs - this.world.nowMs, hashOfStep(step), () => {
      this.#scheduleNextStep()
      this.#perform(step)
    })
  }

  #perform(step: Step): void {
    if (!isOperation(step)) this.nemesis.strike(step)
    else this.clients.find(({ name }) => name === step.client)?.perform(step)
  }

  #addNode(name: string): SimNode {
    const seeds = this.#seeds.filter((seed) => seed !== `sim://${name}`)
    const failed = (node: SimNode, error: Error): void => {
      throw new Violation(NODES_GO_ON, `${node.name}: ${error.message}`)
    }
    const clockOffMs = this.plan.clocksMs?.[this.nodes.length] ?? 0
    const { fsync, forgetAfterMs } = this.plan
    const options = { name, seeds, fsync, clockOffMs, forgetAfterMs }
    const node = new SimNode(this.world, this.network, options, this.#observer, failed)
    this.nodes.push(node)
    return node
  }
}
