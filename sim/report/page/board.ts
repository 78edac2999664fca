/**
 * What the person has chosen: the window of time, the key that stands out, which kinds of message show, the moment and
 * the event looked at. Whoever changes it says what changed; whoever shows it listens. Nothing here draws.
 */

import type { Columns } from './columns.ts'
import type { Lanes } from './lanes.ts'
import { TimeScale } from './time-scale.ts'

export type Change = 'view' | 'key' | 'filters' | 'selected' | 'hovered' | 'moment' | 'theme' | 'size'

/** Hidden until asked for: they come every second and tell little. */
const NOISE: ReadonlySet<string> = new Set(['row', 'rows', 'digest', 'same', 'probe', 'ack', 'ping', 'pong'])

export class Board {
  readonly columns: Columns
  readonly lanes: Lanes
  readonly scale: TimeScale
  /** The key that stands out, when there is one. */
  key: string | undefined
  /** 1 for each row that mentions it. */
  marks: Uint8Array | undefined
  /** 1 for each row that the filters let through. */
  visible: Uint8Array
  /** Kinds of frame between nodes that are hidden. */
  readonly hiddenWhats: Set<string> = new Set()
  withClientFrames = false
  withLearned = true
  /** Rows, or −1. */
  selected = -1
  hovered = -1
  momentMs: number
  readonly #listeners: ((change: Change) => void)[] = []

  constructor(columns: Columns, lanes: Lanes) {
    this.columns = columns
    this.lanes = lanes
    this.scale = new TimeScale(columns.run.endedMs)
    this.momentMs = columns.run.violation?.atMs ?? columns.run.endedMs
    this.visible = new Uint8Array(columns.size)
    for (const { what, isNoise } of this.frameKinds()) if (isNoise) this.hiddenWhats.add(what)
    this.refilter()
    if (columns.run.violation?.key !== undefined) this.#mark(columns.run.violation.key)
  }

  listen(listener: (change: Change) => void): void {
    this.#listeners.push(listener)
  }

  changed(change: Change): void {
    for (const listener of this.#listeners) listener(change)
  }

  /** Nothing stands out when it is undefined or no event mentions it. */
  highlight(key: string | undefined): void {
    this.#mark(key)
    this.changed('key')
  }

  select(event: number): void {
    this.selected = event
    this.changed('selected')
  }

  setMoment(ms: number): void {
    this.momentMs = Math.min(Math.max(ms, 0), this.columns.run.endedMs)
    this.changed('moment')
  }

  isLit(event: number): boolean {
    return this.marks?.[event] === 1
  }

  /** What mentions the key shows, whatever the filters say, as long as its lanes are there. */
  isVisible(event: number): boolean {
    return this.visible[event] === 1
  }

  isClientFrame(event: number): boolean {
    const { nodes } = this.lanes
    return this.columns.who(event) >= nodes || this.columns.to(event) >= nodes
  }

  /** The kinds of frame between nodes, the most frequent first. */
  frameKinds(): readonly { readonly what: string; readonly count: number; readonly isNoise: boolean }[] {
    const counts = new Map<string, number>()
    for (let i = 0; i < this.columns.size; i++) {
      if (this.columns.kind(i) !== 'frame' || this.isClientFrame(i)) continue
      const what = this.columns.what(i)
      counts.set(what, (counts.get(what) ?? 0) + 1)
    }
    return [...counts]
      .map(([what, count]) => ({ what, count, isNoise: NOISE.has(what) }))
      .sort((a, b) => Number(a.isNoise) - Number(b.isNoise) || b.count - a.count)
  }

  /** Call it when a filter has changed. */
  refilter(): void {
    for (let i = 0; i < this.columns.size; i++) this.visible[i] = this.#passes(i) ? 1 : 0
  }

  #passes(i: number): boolean {
    const { columns, lanes } = this
    switch (columns.kind(i)) {
      case 'frame': {
        if (!lanes.isShown(columns.who(i)) || !lanes.isShown(columns.to(i))) return false
        if (this.isLit(i)) return true
        return this.isClientFrame(i) ? this.withClientFrames : !this.hiddenWhats.has(columns.what(i))
      }
      case 'shown':
        return this.withLearned || this.isLit(i)
      case 'call':
        return lanes.isShown(columns.who(i))
      case 'fault':
      case 'write':
      case 'process':
      case 'note':
        return true
      case 'state':
        return false
    }
  }

  #mark(key: string | undefined): void {
    const marks = key === undefined || key === '' ? undefined : this.columns.mentioning(key)
    this.key = marks?.includes(1) === true ? key : undefined
    this.marks = this.key === undefined ? undefined : marks
    this.refilter()
  }
}
