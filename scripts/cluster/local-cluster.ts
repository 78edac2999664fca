/**
 * The nodes together, and the cuts between them. A partition is a list of sides; each node is told to refuse the names
 * on the other sides, and told again after a restart, before `restart` returns. A cut holds while one end refuses, so a
 * node that has just come up cannot slip through to a running one. Says nothing to users: that is for the verbs.
 */

import type { StatusReport } from '../../src/client/index.ts'
import { LocalNode } from './local-node.ts'
import type { Place } from './places.ts'
import { until } from './until.ts'

/** How long a node may take to answer before it counts as silent. */
const REPORT_WAIT_MS = 800
const READY_WAIT_MS = 15_000
/** How many nodes are seeds for all others. */
const SEEDS = 2

export interface NodeView {
  readonly node: LocalNode
  readonly report: StatusReport | undefined
}

export class LocalCluster {
  readonly nodes: readonly LocalNode[]
  /** Who is cut off from whom; empty while the network is whole. */
  sides: readonly (readonly string[])[] = []
  #isStopping = false

  constructor(places: readonly Place[], onDeath: (node: LocalNode, why: string) => void) {
    const seeds = places.slice(0, SEEDS).map(({ url }) => url)
    this.nodes = places.map((place) => {
      const others = seeds.filter((url) => url !== place.url)
      return new LocalNode(place, others, (node, why) => {
        if (!this.#isStopping) onDeath(node, why)
      })
    })
  }

  get names(): readonly string[] {
    return this.nodes.map(({ name }) => name)
  }

  /** Those that run, up or about to be. */
  get running(): readonly LocalNode[] {
    return this.nodes.filter(({ state }) => state.kind !== 'down')
  }

  find(name: string): LocalNode | undefined {
    return this.nodes.find((node) => node.name === name)
  }

  view(nodes: readonly LocalNode[] = this.nodes): Promise<readonly NodeView[]> {
    return Promise.all(nodes.map(async (node) => ({ node, report: await node.report(REPORT_WAIT_MS) })))
  }

  /** The running nodes that this one can reach, itself included. */
  within(name: string): readonly LocalNode[] {
    const side = this.sides.find((names) => names.includes(name))
    return this.running.filter((node) => side === undefined || side.includes(node.name))
  }

  start(): void {
    if (!this.#isStopping) for (const node of this.nodes) node.start()
  }

  /** Milliseconds until these have links to each other and count each other alive. */
  untilLinked(nodes: () => readonly LocalNode[], limitMs: number): Promise<number | undefined> {
    return until(limitMs, async () => {
      const views = await this.view(nodes())
      return views.every(({ report }) => report !== undefined && isLinked(report, views.length))
    })
  }

  /** Milliseconds until these are linked and hold the same. */
  untilEqual(nodes: () => readonly LocalNode[], limitMs: number): Promise<number | undefined> {
    return until(limitMs, async () => {
      const views = await this.view(nodes())
      return areEqual(views) && views.every(({ report }) => report !== undefined && isLinked(report, views.length))
    })
  }

  /** Starts it, after stopping it if it runs. False when it did not come up. */
  async restart(node: LocalNode): Promise<boolean> {
    await node.stop()
    if (this.#isStopping) return false
    node.start()
    const isOver = async (): Promise<boolean> =>
      node.state.kind === 'down' || (await node.report(REPORT_WAIT_MS)) !== undefined
    await until(READY_WAIT_MS, isOver)
    if (node.state.kind !== 'up') return false
    await this.#refuse(node)
    return true
  }

  async partition(sides: readonly (readonly string[])[]): Promise<void> {
    this.sides = sides
    await Promise.all(this.running.map((node) => this.#refuse(node)))
  }

  heal(): Promise<void> {
    return this.partition([])
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.nodes.map((node) => node.stop()))
  }

  async #refuse(node: LocalNode): Promise<void> {
    const side = this.sides.find((names) => names.includes(node.name))
    const beyond = side === undefined ? [] : this.names.filter((name) => !side.includes(name))
    await node.client?.admin.fault(beyond)
  }
}

/** Whether all hold the same. Silent nodes count as different. */
export function areEqual(views: readonly NodeView[]): boolean {
  const [first] = views
  if (first?.report === undefined) return false
  return views.every(({ report }) => report?.fingerprint === first.report?.fingerprint)
}

function isLinked({ members, links }: StatusReport, together: number): boolean {
  return links >= together - 1 && members.alive >= together
}
