/**
 * Where things stand from top to bottom: the axis of time, a few rows of faults, then a lane for each node and a thinner
 * one for each client. And what each node's process did, as stretches of time.
 */

import type { Columns } from './columns.ts'

export interface FaultBar {
  /** Its row in the columns. */
  readonly event: number
  readonly fromMs: number
  readonly toMs: number
  readonly words: string
  /** Lanes that it concerns; empty for all. */
  readonly lanes: readonly number[]
  /** From 0. */
  readonly row: number
  /** Where the bar before it in its row ends, and where the next begins. */
  readonly beforeMs: number
  afterMs: number
}

export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  readonly state: 'up' | 'starting' | 'down' | 'paused'
}

export const AXIS_PX = 33
export const FAULT_ROW_PX = 20
const FAULT_ROWS_MOST = 8
/** Longer words are cut short in the picture; the card beside the pointer has all. */
export const FAULT_LETTERS_MOST = 44
/** Room that a fault's words are given when rows are dealt out, px a letter. */
const LETTER_PX = 6.4

export class Lanes {
  readonly nodes: number
  readonly clients: number
  faults: readonly FaultBar[] = []
  faultRows = 0
  /** By node. */
  readonly processes: readonly (readonly Stretch[])[]
  withClients = true
  /** Between the lanes of two nodes, px. */
  nodeGap = 72
  clientGap = 24
  height = 0

  readonly #columns: Columns

  constructor(columns: Columns) {
    this.#columns = columns
    this.nodes = columns.run.nodes.length
    this.clients = columns.run.clients.length
    this.processes = columns.run.nodes.map((_, node) => stretchesOf(columns, node))
  }

  /** Spreads the lanes over about `roomPx`, and says how high the picture is. */
  fit(roomPx: number, widthPx: number): number {
    this.faults = faultBars(this.#columns, widthPx)
    this.faultRows = this.faults.reduce((rows, { row }) => Math.max(rows, row + 1), 0)
    const clients = this.withClients ? this.clients : 0
    this.clientGap = clients > 12 ? 15 : 22
    const rest = roomPx - this.firstNodeTop - (clients > 0 ? clients * this.clientGap + 14 : 0)
    this.nodeGap = Math.min(Math.max(rest / Math.max(this.nodes, 1), 26), 96)
    this.height = Math.ceil(this.nodesBottom + (clients > 0 ? 14 + clients * this.clientGap : 0))
    return this.height
  }

  get firstNodeTop(): number {
    return AXIS_PX + this.faultRows * FAULT_ROW_PX + 4
  }

  get nodesBottom(): number {
    return this.firstNodeTop + this.nodes * this.nodeGap
  }

  isClient(lane: number): boolean {
    return lane >= this.nodes
  }

  isShown(lane: number): boolean {
    return lane >= 0 && lane < this.nodes + (this.withClients ? this.clients : 0)
  }

  y(lane: number): number {
    if (lane < this.nodes) return this.firstNodeTop + (lane + 0.5) * this.nodeGap
    return this.nodesBottom + 6 + (lane - this.nodes + 0.5) * this.clientGap
  }

  /** The lane nearest to `y`. */
  at(y: number): number {
    if (y < this.nodesBottom) return Math.max(0, Math.floor((y - this.firstNodeTop) / this.nodeGap))
    return this.nodes + Math.floor((y - this.nodesBottom - 6) / this.clientGap)
  }

  faultTop(row: number): number {
    return AXIS_PX + row * FAULT_ROW_PX + 2
  }
}

/** Deals the faults out to rows so that bars and their words do not cover each other when the whole run is shown. */
function faultBars(columns: Columns, widthPx: number): FaultBar[] {
  const msPerPx = columns.run.endedMs / Math.max(widthPx, 200)
  /** By row: its last bar, and when its words end. */
  const rows: { last: FaultBar; wordsEndMs: number }[] = []
  const bars: FaultBar[] = []
  for (let i = 0; i < columns.size; i++) {
    if (columns.kind(i) !== 'fault') continue
    const [fromMs, toMs, words] = [columns.atMs(i), columns.endMs(i), columns.words(i) ?? '']
    const letters = Math.min(words.length, FAULT_LETTERS_MOST)
    let row = rows.findIndex(({ wordsEndMs }) => wordsEndMs <= fromMs)
    if (row === -1 && rows.length < FAULT_ROWS_MOST) row = rows.length
    // No row is free: share the one of which the bar ended first, and cut its words short.
    if (row === -1) row = rows.reduce((best, { last }, at) => (last.toMs < (rows[best]?.last.toMs ?? 0) ? at : best), 0)
    const before = rows[row]?.last
    if (before !== undefined) before.afterMs = fromMs
    const lanes = columns.keys(i).map((name) => columns.run.places.indexOf(name))
    const bar = { event: i, fromMs, toMs, words, lanes, row, beforeMs: before?.toMs ?? 0, afterMs: Infinity }
    bars.push(bar)
    rows[row] = { last: bar, wordsEndMs: Math.max(toMs, fromMs + (letters * LETTER_PX + 22) * msPerPx) }
  }
  return bars
}

const STATES: Readonly<Record<string, Stretch['state']>> = {
  starting: 'starting',
  up: 'up',
  resumed: 'up',
  down: 'down',
  paused: 'paused',
}

function stretchesOf(columns: Columns, node: number): Stretch[] {
  const stretches: Stretch[] = []
  let fromMs = 0
  // A node of which nothing is told is up; one that starts later is not there before.
  let state: Stretch['state'] | undefined
  for (let i = 0; i < columns.size; i++) {
    if (columns.kind(i) !== 'process' || columns.who(i) !== node) continue
    const at = columns.atMs(i)
    if (state !== undefined) stretches.push({ fromMs, toMs: at, state })
    state = STATES[columns.tag(i)] ?? 'up'
    fromMs = at
  }
  stretches.push({ fromMs, toMs: columns.run.endedMs, state: state ?? 'up' })
  return stretches
}
