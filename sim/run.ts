/**
 * One run: a cluster, clients and a nemesis for a while, then everything is made whole and the nodes get a stated time to
 * agree. The result is a function of the options. A violation ends the run at the instant in which it is found.
 */

import { hlcFromUnixMs } from '../src/core/clock.ts'
import { type Checker, type Scene, serving, Violation } from './checker.ts'
import { CHECKERS } from './checkers/index.ts'
import { Ledger } from './ledger.ts'
import { FAULT_FAMILIES, type FaultFamily, Nemesis } from './nemesis.ts'
import { Network } from './network.ts'
import { type NodeObserver, SimNode } from './sim-node.ts'
import { Workload } from './workload.ts'
import { SIM_EPOCH_MS, World } from './world.ts'

export interface RunOptions {
  readonly seed: number
  /** 1 to 50. */
  readonly nodes: number
  /** Simulated seconds with faults and clients. */
  readonly seconds: number
  /** Faults that the seed may switch on; empty for a calm run. */
  readonly faults: readonly FaultFamily[]
  readonly tell?: (line: string) => void
}

export const RUN_DEFAULTS: Omit<RunOptions, 'seed' | 'tell'> = { nodes: 5, seconds: 60, faults: FAULT_FAMILIES }

/** Simulated time after the last fault within which all nodes must agree. */
export const AGREE_WITHIN_MS = 30_000
const SAMPLE_MS = 500
const PAUSE_MS = 400

export interface RunResult {
  readonly seed: number
  readonly violation: Violation | undefined
  readonly traceHash: string
  /** Simulated ms when the run ended. */
  readonly endedMs: number
  /** Simulated ms until all agreed, from when faults and writes were both over. */
  readonly agreedAfterMs: number
  readonly events: number
  readonly frames: number
  readonly acknowledged: number
  readonly families: readonly FaultFamily[]
  /** What happened how often, over all nodes and runs: for finding holes in the tests. */
  readonly counts: Readonly<Record<string, number>>
}

type Counts = Record<string, number>

export function run(options: RunOptions): RunResult {
  const world = new World(options.seed, options.tell)
  const swarm = world.rng('swarm')
  const families = options.faults.filter(() => swarm() < 0.5)
  const modes = ['always', 'always', 'interval', 'never'] as const
  const fsync = modes[Math.floor(swarm() * modes.length)] ?? 'always'
  // Half of the runs fall silent while faults are on: then no later push shows what was lost, and digests must.
  const silentMs = swarm() < 0.5 ? 2_000 : -2_000
  world.say(`seed ${options.seed}: ${options.nodes} nodes, fsync ${fsync}, faults ${families.join(' ') || 'none'}`)

  const network = new Network(world)
  const ledger = new Ledger()
  const nodes: SimNode[] = []
  const scene: Scene = { world, nodes, ledger }
  const checkers = CHECKERS.map((make) => make(scene))
  const counts: Counts = { crashes: 0 }
  const observer = observe(world, ledger, checkers, counts)
  const failed = (node: SimNode, error: Error): void => {
    throw new Violation(NODES_GO_ON, `${node.name}: ${error.message}`)
  }
  const names = Array.from({ length: options.nodes }, (_, i) => `n${i + 1}`)
  const seeds = names.slice(0, 2).map((name) => `sim://${name}`)
  for (const name of names) {
    const others = seeds.filter((seed) => seed !== `sim://${name}`)
    nodes.push(new SimNode(world, network, { name, seeds: others, fsync }, observer, failed))
  }

  const workload = new Workload(world, ledger)
  const nemesis = new Nemesis(world, network, nodes, families)
  let violation: Violation | undefined
  let agreedAfterMs = 0
  try {
    for (const node of nodes) {
      world.schedule(world.rng(`boot ${node.name}`)() * 500, () => node.start())
      workload.client(node, PAUSE_MS)
    }
    nemesis.start()
    const faultsEndMs = options.seconds * 1_000
    world.schedule(faultsEndMs - silentMs, () => workload.stop())
    sampleUntil(world, checkers, faultsEndMs)
    nemesis.stop()
    sampleUntil(world, checkers, faultsEndMs + Math.max(0, -silentMs))
    const quietMs = world.nowMs
    while (!agree(nodes) && world.nowMs < faultsEndMs + AGREE_WITHIN_MS) sampleUntil(world, checkers, world.nowMs + 100)
    agreedAfterMs = world.nowMs - quietMs
    // They hold the same; soon they also know that of each other.
    while (!knowIt(nodes, quietMs) && world.nowMs < faultsEndMs + AGREE_WITHIN_MS)
      sampleUntil(world, checkers, world.nowMs + 500)
    for (const checker of checkers) {
      checker.sample?.()
      checker.finish?.()
    }
  } catch (error) {
    // What throws is the shipped code, or a fault of the simulator: the seed must be told in both cases.
    violation = error instanceof Violation ? error : new Violation(NODES_GO_ON, thrown(error))
    world.traceText(violation.id)
    world.tell?.(`violation: ${violation.message}`)
  }
  for (const node of nodes) tally(node, counts)
  counts.framesLost = network.lost
  counts.writesFailed = workload.failed
  for (const [family, count] of nemesis.strikes) counts[`strikes of ${family}`] = count
  return {
    seed: options.seed,
    violation,
    traceHash: world.traceHash(),
    endedMs: world.nowMs,
    agreedAfterMs,
    events: world.events,
    frames: network.frames,
    acknowledged: workload.acknowledged,
    families,
    counts,
  }
}

/** The shipped code stopped by itself, or refused to start: no fault of these runs may do that. */
const NODES_GO_ON: Checker = { id: 'I0', rule: 'no node stops by itself' }

function sampleUntil(world: World, checkers: readonly Checker[], untilMs: number): void {
  while (world.nowMs < untilMs) {
    world.run(Math.min(world.nowMs + SAMPLE_MS, untilMs))
    for (const checker of checkers) checker.sample?.()
  }
}

function agree(nodes: readonly SimNode[]): boolean {
  const views = [...serving(nodes)].map(
    ({ replica }) => `${replica.claims.written.hash()} ${replica.store.fingerprint()}`,
  )
  return views.length === nodes.length && new Set(views).size === 1
}

/** Whether the stable time of every node has passed `sinceMs`. */
function knowIt(nodes: readonly SimNode[], sinceMs: number): boolean {
  const since = hlcFromUnixMs(SIM_EPOCH_MS + sinceMs)
  return nodes.every(({ host }) => (host?.replica.stableTime() ?? -1) >= since)
}

function thrown(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function observe(world: World, ledger: Ledger, checkers: readonly Checker[], counts: Counts): NodeObserver {
  const found = new Map<string, number>()
  return {
    stepped(node, now, input, effects) {
      ledger.stepped(node, input, effects)
      for (const effect of effects) {
        if (effect.kind === 'notify') for (const entry of effect.entries) world.trace(entry.time | 0, entry.key.length)
        else if (effect.kind === 'append') world.trace(effect.index, effect.record.kind.length)
      }
      for (const checker of checkers) checker.stepped?.(node, now, input, effects)
    },
    recovered(node, record) {
      found.set(node.name, (found.get(node.name) ?? 0) + 1)
      for (const checker of checkers) checker.recovered?.(node, record)
    },
    replayed(node) {
      for (const checker of checkers) checker.replayed?.(node)
      ledger.recovered(node, found.get(node.name) ?? 0)
      found.delete(node.name)
    },
    crashed(node) {
      found.delete(node.name)
      counts.crashes = (counts.crashes ?? 0) + 1
      for (const checker of checkers) checker.crashed?.(node)
    },
  }
}

function tally(node: SimNode, counts: Counts): void {
  for (const [name, count] of Object.entries(node.host?.status().counters ?? {}))
    counts[name] = (counts[name] ?? 0) + count
}
