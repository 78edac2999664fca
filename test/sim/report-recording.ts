/**
 * A made-up run to draw: five nodes that gossip, a partition, a crash, a pause, and a deleted key that comes back. No
 * claim about the protocol: it only has to look like a run, at any size, and to be the same each time.
 */

import type { RecordedEvent, RecordedState, Recording } from '../../sim/recording.ts'
import { seededRng } from '../../src/core/rng.ts'

export interface RunShape {
  readonly seconds: number
  readonly nodes: number
  readonly clients: number
  readonly writesPerSecond: number
  /** How often rows and digests go round. */
  readonly rowEveryMs: number
  readonly isBroken: boolean
}

const KEYS = ['session', 'flags', 'route', 'presence', 'device']

interface Held {
  readonly version: string
  readonly value: string | undefined
}

/** Draws one run. Each part adds its events in any order; they are sorted at the end. */
class Drawing {
  readonly #rng = seededRng(4711)
  readonly #events: RecordedEvent[] = []
  readonly #shape: RunShape
  readonly #nodes: readonly string[]
  readonly #held = new Map<string, Map<string, Held>>()
  readonly #todo: { readonly atMs: number; readonly call: () => void }[] = []
  #values = 0

  constructor(shape: RunShape) {
    this.#shape = shape
    this.#nodes = Array.from({ length: shape.nodes }, (_, i) => `n${i + 1}`)
    for (const name of this.#nodes) this.#held.set(name, new Map())
  }

  make(): Recording {
    const { seconds, isBroken, clients } = this.#shape
    const calmMs = seconds * 1000
    this.#faults()
    for (const node of this.#nodes) this.#starts(node, 20 + this.#between(0, 40))
    const clientNames = Array.from({ length: clients }, (_, i) => `c${i + 1}`)
    for (let ms = 300; ms < calmMs; ms += this.#between(0, 2000 / this.#shape.writesPerSecond))
      this.#todo.push({ atMs: round(ms), call: () => this.#writeAt(round(ms), clientNames) })
    for (const node of this.#nodes) {
      for (let ms = this.#between(0, 900); ms < calmMs + 3000; ms += this.#shape.rowEveryMs)
        this.#todo.push({ atMs: round(ms), call: () => this.#turn(node, round(ms)) })
    }
    if (isBroken) this.#story()
    this.#todo.sort((a, b) => a.atMs - b.atMs)
    for (let next = this.#todo.shift(); next !== undefined; next = this.#todo.shift()) next.call()
    const brokenMs = 41_237.25
    const violation = {
      id: 'I6',
      rule: 'What was seen deleted does not come back.',
      finding:
        'n3 shows session/42 = "alice-1" (version 9120.0/n2) again at 41.237 s, after a read had seen it deleted at version 14020.3/n2.',
      atMs: brokenMs,
      key: 'session/42',
      node: 'n3',
    }
    this.#events.sort((a, b) => a.atMs - b.atMs)
    return {
      seed: 1184,
      replay: 'npm run sim -- --seed 1184 --seconds 60 --until I6',
      nodes: this.#nodes,
      clients: clientNames,
      calmMs,
      endedMs: calmMs + 3000,
      violation: isBroken ? violation : undefined,
      events: this.#events.filter(({ atMs }) => atMs <= calmMs + 3000),
    }
  }

  #between(least: number, most: number): number {
    return least + this.#rng() * (most - least)
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#rng() * list.length)] as T
  }

  #isUp(node: string, ms: number): boolean {
    return !(node === 'n5' && ms > 20_000 && ms < 33_000) && !(node === 'n4' && ms > 28_000 && ms < 31_400)
  }

  #isCut(a: string, b: string, ms: number): boolean {
    if (ms < 12_000 || ms > 24_000) return false
    return ['n1', 'n2'].includes(a) !== ['n1', 'n2'].includes(b)
  }

  #faults(): void {
    const fault = (family: string, atMs: number, forMs: number, words: string, nodes: string[] = []): void => {
      this.#events.push({ kind: 'fault', atMs, untilMs: atMs + forMs, family, words, nodes })
    }
    fault('partition', 12_000, 12_000, 'partition n1,n2 | n3,n4,n5')
    fault('slow', 16_500, 5000, 'slow link n3 → n4, +180 ms', ['n3', 'n4'])
    fault('crash', 20_000, 13_000, 'power lost at n5, unsynced tail gone', ['n5'])
    fault('pause', 28_000, 3400, 'n4 paused', ['n4'])
    fault('loss', 35_000, 9000, 'n1 loses 12 % of its frames', ['n1'])
    fault('clock', 47_000, 8000, 'clock of n2 ahead by 4.2 s', ['n2'])
    this.#process('n5', 20_000, 'down')
    this.#process('n5', 32_700, 'starting')
    this.#process('n5', 33_000, 'up')
    this.#process('n4', 28_000, 'paused')
    this.#process('n4', 31_400, 'resumed')
    this.#events.push({ kind: 'note', atMs: 33_000, node: 'n5', text: 'torn tail cut: 212 bytes after segment 3' })
    this.#events.push({ kind: 'note', atMs: 41_300, node: undefined, text: 'checker I6 stops the run' })
  }

  #starts(node: string, ms: number): void {
    this.#process(node, 0, 'starting')
    this.#process(node, round(ms), 'up')
  }

  #process(node: string, atMs: number, state: 'starting' | 'up' | 'down' | 'paused' | 'resumed'): void {
    this.#events.push({ kind: 'process', atMs, node, state })
  }

  #frame(from: string, to: string, atMs: number, what: string, words: string, keys: string[], bytes: number): number {
    let fate: Extract<RecordedEvent, { kind: 'frame' }>['fate'] = 'usual'
    let delay = this.#between(4, 38)
    const chance = this.#rng()
    if (this.#isCut(from, to, atMs) || !this.#isUp(to, atMs)) fate = 'lost'
    else if (from === 'n1' && atMs > 35_000 && atMs < 44_000 && chance < 0.12) fate = 'lost'
    else if (from === 'n3' && to === 'n4' && atMs > 16_500 && atMs < 21_500) [fate, delay] = ['late', delay + 180]
    else if (chance > 0.996) fate = 'doubled'
    else if (chance > 0.994) [fate, delay] = ['replayed', delay + 700]
    else if (chance > 0.992) [fate, delay] = ['held', delay + 1500]
    else if (chance > 0.991) fate = 'corrupt'
    const arrivedMs = fate === 'lost' ? undefined : round(atMs + delay)
    this.#events.push({ kind: 'frame', atMs, from, to, arrivedMs, fate, what, words, keys, bytes })
    return arrivedMs === undefined || fate === 'corrupt' ? Number.NaN : arrivedMs
  }

  #writeAt(ms: number, clients: readonly string[]): void {
    const client = this.#pick(clients)
    const node = this.#nodes[clients.indexOf(client) % this.#nodes.length] ?? 'n1'
    const key = `${this.#pick(KEYS)}/${Math.floor(this.#rng() * 60) + 100}`
    const value = this.#rng() < 0.13 ? undefined : `v${++this.#values}`
    const verb = value === undefined ? 'delete' : 'put'
    const words = value === undefined ? key : `${key} = ${value}`
    const there = this.#frame(client, node, ms, verb, words, [key], 60)
    if (!this.#isUp(node, ms) || Number.isNaN(there)) {
      const outcome = this.#rng() < 0.5 ? 'failed' : 'maybe'
      const endedMs = outcome === 'maybe' ? undefined : round(ms + 400)
      this.#events.push({
        kind: 'call',
        atMs: ms,
        endedMs,
        client,
        node,
        words: `${verb} ${words}`,
        outcome,
        keys: [key],
      })
      return
    }
    this.#write(node, there, key, value)
    const back = this.#frame(node, client, there, 'written', key, [key], 48)
    const endedMs = Number.isNaN(back) ? undefined : back
    const outcome = endedMs === undefined ? 'maybe' : 'ok'
    this.#events.push({
      kind: 'call',
      atMs: ms,
      endedMs,
      client,
      node,
      words: `${verb} ${words}`,
      outcome,
      keys: [key],
    })
  }

  #write(node: string, atMs: number, key: string, value: string | undefined): void {
    const version = `${atMs}/${node}`
    this.#held.get(node)?.set(key, { version, value })
    this.#events.push({ kind: 'write', atMs, node, key, version, value })
    for (const other of this.#nodes) {
      if (other === node) continue
      const words = value === undefined ? `${key} deleted (${version})` : `${key} = ${value} (${version})`
      this.#shows(other, this.#frame(node, other, atMs, 'push', words, [key], 118), key, { version, value })
    }
  }

  #shows(node: string, atMs: number, key: string, held: Held): void {
    if (Number.isNaN(atMs)) return
    this.#held.get(node)?.set(key, held)
    this.#events.push({ kind: 'shown', atMs, node, key, version: held.version, value: held.value })
  }

  /** What a node says about once a second: its row to all, a digest to one, and what comes of it. */
  #turn(node: string, ms: number): void {
    if (!this.#isUp(node, ms)) return
    for (const other of this.#nodes)
      if (other !== node) this.#frame(node, other, ms, 'row', `${this.#nodes.length} rows`, [], 160)
    const peer = this.#pick(this.#nodes.filter((name) => name !== node))
    const there = this.#frame(node, peer, round(ms + 3), 'digest', 'fingerprint', [], 44)
    if (!Number.isNaN(there)) this.#answer(node, peer, there)
    this.#events.push({ kind: 'state', atMs: ms, node, state: this.#stateOf(node, ms) })
  }

  #answer(node: string, peer: string, ms: number): void {
    const [mine, theirs] = [this.#held.get(node), this.#held.get(peer)]
    const missing = [...(theirs ?? [])].filter(([key, { version }]) => mine?.get(key)?.version !== version).slice(0, 5)
    if (missing.length === 0) {
      this.#frame(peer, node, ms, 'same', '', [], 12)
      return
    }
    const asked = this.#frame(node, peer, round(ms + 12), 'pull', `${this.#nodes.length} origins`, [], 130)
    if (Number.isNaN(asked)) return
    const keys = missing.map(([key]) => key)
    const got = this.#frame(
      peer,
      node,
      asked,
      'piece',
      `${keys.length} entries, the last piece`,
      keys,
      90 * keys.length,
    )
    // Only what was never met: pretend the rest loses the merge.
    for (const [key, held] of missing) if (mine?.has(key) !== true) this.#shows(node, got, key, held)
  }

  #stateOf(node: string, ms: number): RecordedState {
    const held = [...(this.#held.get(node) ?? [])]
    const cut = ms > 12_000 && ms < 24_600
    const side = ['n1', 'n2'].includes(node)
    const seen = Object.fromEntries(
      this.#nodes.map((name, i) => {
        const lag = cut && side !== ['n1', 'n2'].includes(name) ? ms - 12_000 : 20 + i * 7
        const run = name === 'n5' && ms > 33_000 ? 2 : 1
        return [`${name}/${run}/k3f9a/0x7qd2m1aa`, round(Math.max(0, ms - lag))]
      }),
    )
    return {
      origin: `${node}/${node === 'n5' && ms > 33_000 ? 2 : 1}/k3f9a/0x7qd2m1aa`,
      keys: held.filter(([, { value }]) => value !== undefined).length,
      tombstones: held.filter(([, { value }]) => value === undefined).length,
      parked: node === 'n3' && ms > 47_000 && ms < 52_000 ? 2 : 0,
      fingerprint: cut ? (side ? '8c1f02ab77d4e913' : '41d0be55a2c6f07e') : '6fe2c9910b3ad458',
      seen,
      stableMs: ms < 1500 ? undefined : cut ? 11_400 : round(ms - 1200),
      links: this.#nodes.filter((name) => name !== node && this.#isUp(name, ms) && !this.#isCut(node, name, ms)),
      clockOffMs: node === 'n2' && ms > 47_000 && ms < 55_000 ? 4200 : 0,
    }
  }

  /** A key is written, deleted behind the partition, and comes back by a node that slept through it. */
  #story(): void {
    const key = 'session/42'
    this.#todo.push({ atMs: 9120, call: () => this.#write('n2', 9120, key, 'alice-1') })
    this.#todo.push({ atMs: 14_020, call: () => this.#write('n2', 14_020, key, undefined) })
    this.#todo.push({ atMs: 24_700, call: () => this.#repairs('n3', 'n1', 24_700, key) })
    this.#todo.push({ atMs: 25_400, call: () => this.#repairs('n4', 'n2', 25_400, key) })
    this.#todo.push({ atMs: 41_195, call: () => this.#returns(41_195, key) })
  }

  #repairs(node: string, giver: string, ms: number, key: string): void {
    const held = this.#held.get(giver)?.get(key)
    const asked = this.#frame(node, giver, ms, 'pull', '5 origins', [], 130)
    const got = this.#frame(giver, node, asked, 'piece', '38 entries, the last piece', [key, 'flags/112'], 3800)
    if (held !== undefined) this.#shows(node, got, key, held)
  }

  #returns(ms: number, key: string): void {
    const old = { version: '9120/n2', value: 'alice-1' }
    const words = '1 entry, the last piece'
    this.#events.push(
      {
        kind: 'frame',
        atMs: ms,
        from: 'n5',
        to: 'n3',
        arrivedMs: 41_237.25,
        fate: 'late',
        what: 'piece',
        words,
        keys: [key],
        bytes: 96,
      },
      { kind: 'shown', atMs: 41_237.25, node: 'n3', key, ...old },
    )
  }
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

export function drawRecording(shape: Partial<RunShape> = {}): Recording {
  const usual = { seconds: 60, nodes: 5, clients: 5, writesPerSecond: 22, rowEveryMs: 1000, isBroken: true }
  return new Drawing({ ...usual, ...shape }).make()
}
