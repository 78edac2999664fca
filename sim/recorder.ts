/**
 * Fills a `Recording` while a run goes on. It only listens: a recorded run is the same run. What it keeps is bounded, and
 * when the bound is met it says so in the recording instead of growing.
 */

import { unixMsFromHlc } from '../src/core/clock.ts'
import type { Entry } from '../src/core/entry.ts'
import { nameOf } from '../src/core/origin.ts'
import type { FaultStep } from './faults/fault.ts'
import { familyOf } from './faults/index.ts'
import { isClient } from './faults/lanes.ts'
import { type FrameSort, frameWords } from './frame-words.ts'
import type { Call } from './history.ts'
import type { Fate } from './network.ts'
import type { ProcessState, RecordedEvent, RecordedState, RecordedViolation, Recording } from './recording.ts'
import type { SimNode } from './sim-node.ts'
import { SIM_EPOCH_MS, type World } from './world.ts'

/** Events that a recording holds at most. */
const RECORDED_EVENTS_MAX = 1_000_000
const VALUE_CHARS_MAX = 200
const decoder = new TextDecoder()

interface Broken {
  readonly id: string
  readonly rule: string
  readonly finding: string
}

interface AboutRun extends Omit<Recording, 'events' | 'violation'> {
  readonly violation: Broken | undefined
}

export class Recorder {
  readonly #events: RecordedEvent[] = []
  /** Node → key → the version that it was last seen to show. */
  readonly #shown = new Map<string, Map<string, string>>()
  /** All nodes that ever had a process, those that joined too. */
  readonly #met = new Set<string>()
  /** Of the latest fault: the nemesis says them too. */
  #faultWords = ''
  #world: World | undefined

  attach(world: World): void {
    this.#world = world
  }

  frame(from: string, to: string, bytes: Uint8Array, sentMs: number, arrivedMs: number | undefined, fate: Fate): void {
    const sort: FrameSort = isClient(from) ? 'toNode' : isClient(to) ? 'toClient' : 'peer'
    const { what, words, keys } = frameWords(bytes, sort)
    this.#add({ kind: 'frame', atMs: sentMs, from, to, arrivedMs, fate, what, words, keys, bytes: bytes.length })
  }

  fault(fault: FaultStep, untilMs: number): void {
    const family = familyOf(fault.kind)
    const [words, nodes] = [family.words(fault), family.where(fault)]
    this.#faultWords = words
    this.#add({ kind: 'fault', atMs: this.#nowMs, untilMs, family: fault.kind, words, nodes })
  }

  /** These became visible at `node`. */
  shown(node: SimNode, entries: readonly Entry[]): void {
    for (const entry of entries) this.#show(node.name, nameOf(entry.origin) === node.name ? 'write' : 'shown', entry)
  }

  /** A restart may have lost what was shown before it. */
  replayed(node: SimNode): void {
    const before = this.#shown.get(node.name)
    if (before === undefined) return
    for (const [key, version] of [...before]) {
      const entry = node.host?.get(key)
      if (entry === undefined) {
        before.delete(key)
        this.#add({ kind: 'shown', atMs: this.#nowMs, node: node.name, key, version: 'lost', value: undefined })
      } else if (versionOf(entry) !== version) this.#show(node.name, 'shown', entry)
    }
  }

  #show(node: string, kind: 'write' | 'shown', entry: Entry): void {
    const value = entry.kind === 'live' ? decoder.decode(entry.value.subarray(0, VALUE_CHARS_MAX)) : undefined
    const version = versionOf(entry)
    const shown = this.#shown.get(node) ?? new Map<string, string>()
    this.#shown.set(node, shown.set(entry.key, version))
    this.#add({ kind, atMs: this.#nowMs, node, key: entry.key, version, value })
  }

  call({ client, node, operation, calledMs, endedMs, outcome, code }: Call): void {
    const keys =
      'key' in operation ? [operation.key] : 'changes' in operation ? operation.changes.map((c) => c.key) : []
    const words = `${operation.kind} ${keys.join(' ')}${code === undefined ? '' : `: ${code}`}`
    this.#add({ kind: 'call', atMs: calledMs, endedMs, client, node, words, outcome, keys })
  }

  process(node: SimNode, state: ProcessState): void {
    this.#met.add(node.name)
    this.#add({ kind: 'process', atMs: this.#nowMs, node: node.name, state })
  }

  note(text: string, node: string | undefined): void {
    if (text.endsWith(this.#faultWords) && node === undefined && this.#faultWords !== '') return
    this.#add({ kind: 'note', atMs: this.#nowMs, node, text })
  }

  state(nodes: readonly SimNode[]): void {
    for (const node of nodes) {
      const state = stateOf(node)
      if (state !== undefined) this.#add({ kind: 'state', atMs: this.#nowMs, node: node.name, state })
    }
  }

  /** `about.nodes` are those of the start; whoever joined stands behind them. `keys`: all that were asked for. */
  finish(about: AboutRun, keys: Iterable<string>): Recording {
    const events = this.#events.sort((a, b) => a.atMs - b.atMs)
    const nodes = [...new Set([...about.nodes, ...this.#met])]
    const violation = about.violation && aboutViolation(about.violation, about.endedMs, keys, nodes)
    return { ...about, nodes, violation, events }
  }

  get #nowMs(): number {
    return this.#world?.nowMs ?? 0
  }

  #add(event: RecordedEvent): void {
    if (this.#events.length < RECORDED_EVENTS_MAX) this.#events.push(event)
    else if (this.#events.length === RECORDED_EVENTS_MAX)
      this.#events.push({
        kind: 'note',
        atMs: this.#nowMs,
        node: undefined,
        text: 'The recording is full and ends here',
      })
  }
}

/** What a violation is about, as far as its words tell. */
function aboutViolation(
  { id, rule, finding }: Broken,
  atMs: number,
  keys: Iterable<string>,
  nodes: readonly string[],
): RecordedViolation {
  const words = new Set(finding.split(/[^\w/.-]+/))
  const key = [...keys].find((key) => words.has(key))
  const node = nodes.find((name) => words.has(name))
  return { id, rule, finding, atMs, key, node }
}

function versionOf({ time, origin }: Entry): string {
  return `${inRunMs(time).toFixed(0)} ms/${time % 4096} of ${origin}`
}

function inRunMs(hlc: number): number {
  return unixMsFromHlc(hlc) - SIM_EPOCH_MS
}

function stateOf(node: SimNode): RecordedState | undefined {
  const { host } = node
  if (host === undefined || !node.isServing) return undefined
  const { origin, keys, tombstones, parked, fingerprint, stableTimeMs } = host.status()
  const seen: Record<string, number> = {}
  for (const [of, time] of host.replica.claims.seen) seen[of] = Math.round(inRunMs(time))
  const links = host.members().filter(({ linked }) => linked)
  return {
    origin,
    keys,
    tombstones,
    parked,
    fingerprint,
    seen,
    stableMs: stableTimeMs === undefined ? undefined : stableTimeMs - SIM_EPOCH_MS,
    links: links.map(({ name }) => name),
    clockOffMs: Math.round(node.clock.offMs),
  }
}
