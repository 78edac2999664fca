/**
 * What each node is and believes at one moment, as last recorded before it: a table with a row a node, and a second one
 * of their version vectors. Equal fingerprints get the same letter, so agreement is seen without reading digits.
 */

import type { RecordedState } from '../../recording.ts'
import { inSeconds } from '../words.ts'
import type { Board } from './board.ts'
import { byId, made } from './dom.ts'

/** More origins than this, the oldest runs, are left out of the table. */
const ORIGINS_MOST = 24
/** A cell this far behind the newest is marked. */
const BEHIND_MS = 1500

interface Believed {
  readonly name: string
  readonly process: string
  readonly state: RecordedState | undefined
}

export class Moment {
  readonly #board: Board
  readonly #slider: HTMLInputElement = byId('moment-slider', HTMLInputElement)
  readonly #time: HTMLInputElement = byId('moment-time', HTMLInputElement)
  readonly #states: HTMLTableSectionElement = byId('states', HTMLTableSectionElement)
  readonly #vectors: HTMLTableElement = byId('vectors', HTMLTableElement)
  /** By node, the rows of its states, in order of time. */
  readonly #recorded: readonly (readonly number[])[]
  #isDue = false

  constructor(board: Board) {
    this.#board = board
    const recorded: number[][] = board.columns.run.nodes.map(() => [])
    for (let i = 0; i < board.columns.size; i++)
      if (board.columns.kind(i) === 'state') recorded[board.columns.who(i)]?.push(i)
    this.#recorded = recorded
    this.#slider.max = String(board.columns.run.endedMs)
    this.#slider.addEventListener('input', () => board.setMoment(Number(this.#slider.value)))
    this.#time.addEventListener('change', () => board.setMoment(Number(this.#time.value) * 1000))
    board.listen((change) => {
      if (change === 'moment') this.#due()
    })
    this.#due()
  }

  #due(): void {
    if (!this.#isDue) requestAnimationFrame(() => this.#show())
    this.#isDue = true
  }

  #show(): void {
    this.#isDue = false
    const { momentMs, columns } = this.#board
    this.#slider.value = String(momentMs)
    this.#slider.setAttribute('aria-valuetext', `${inSeconds(momentMs)} seconds`)
    this.#time.value = inSeconds(momentMs)
    const believed = columns.run.nodes.map((name, node): Believed => {
      const row = lastBefore(this.#recorded[node] ?? [], (i) => columns.atMs(i) <= momentMs)
      return { name, process: this.#processOf(node), state: row === undefined ? undefined : columns.state(row) }
    })
    const letters = lettersOf(believed)
    this.#states.replaceChildren(...believed.map((one) => stateRow(one, letters)))
    this.#vectors.replaceChildren(...vectorRows(believed))
  }

  #processOf(node: number): string {
    const { momentMs, lanes } = this.#board
    const now = lanes.processes[node]?.find(({ fromMs, toMs }) => fromMs <= momentMs && momentMs <= toMs)
    return now?.state ?? 'not there'
  }
}

function lastBefore(rows: readonly number[], isBefore: (row: number) => boolean): number | undefined {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(rows[middle] ?? 0)) low = middle + 1
    else high = middle
  }
  return rows[low - 1]
}

/** A for the fingerprint that most of the nodes have, and so on. */
function lettersOf(believed: readonly Believed[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>()
  for (const { state, process } of believed)
    if (state !== undefined && process === 'up') counts.set(state.fingerprint, (counts.get(state.fingerprint) ?? 0) + 1)
  const order = [...counts].sort((a, b) => b[1] - a[1]).map(([fingerprint]) => fingerprint)
  return new Map(order.map((fingerprint, i) => [fingerprint, String.fromCharCode(65 + Math.min(i, 25))]))
}

function stateRow({ name, process, state }: Believed, letters: ReadonlyMap<string, string>): HTMLTableRowElement {
  const row = made('tr', process === 'up' ? '' : 'away')
  const head = made('th', '', name)
  head.scope = 'row'
  row.append(head, made('td', '', made('span', `process ${process}`, process)))
  if (state === undefined) {
    const nothing = made('td', 'hint', 'nothing recorded yet')
    nothing.colSpan = 8
    row.append(nothing)
    return row
  }
  const letter = letters.get(state.fingerprint) ?? '–'
  const badge = made('span', `letter letter-${letter}`, letter)
  const off = Math.round(state.clockOffMs)
  row.append(
    made('td', 'mono', shortOrigin(state.origin)),
    made('td', 'number', String(state.keys)),
    made('td', 'number', String(state.tombstones)),
    made('td', 'number', String(state.parked)),
    made('td', 'mono', badge, state.fingerprint.slice(0, 10)),
    made('td', 'number', state.stableMs === undefined ? 'unknown' : `${inSeconds(state.stableMs)} s`),
    made('td', '', state.links.length === 0 ? 'none' : state.links.join(' ')),
    made('td', 'number', off === 0 ? '0' : `${off > 0 ? '+' : '−'}${Math.abs(off)} ms`),
  )
  row.title = state.origin
  return row
}

/** `n1/3`: name and run, as far as one can tell them. */
function shortOrigin(origin: string): string {
  return origin.split('/').slice(0, 2).join('/')
}

/** A row a node, a column an origin; the cells that lag behind say by how much. */
function vectorRows(believed: readonly Believed[]): HTMLTableRowElement[] {
  const newest = new Map<string, number>()
  for (const { state } of believed)
    for (const [origin, ms] of Object.entries(state?.seen ?? {}))
      newest.set(origin, Math.max(newest.get(origin) ?? -Infinity, ms))
  const origins = [...newest.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).slice(-ORIGINS_MOST)
  const head = made('tr', '', made('th', '', 'seen by'))
  for (const origin of origins) {
    const cell = made('th', 'number', shortOrigin(origin))
    cell.scope = 'col'
    cell.title = origin
    head.append(cell)
  }
  const rows = believed.map(({ name, process, state }) => {
    const th = made('th', '', name)
    th.scope = 'row'
    const row = made('tr', process === 'up' ? '' : 'away', th)
    for (const origin of origins) {
      const ms = state?.seen[origin]
      const behind = ms === undefined ? 0 : (newest.get(origin) ?? 0) - ms
      const text = ms === undefined ? '–' : inSeconds(Math.max(ms, 0))
      const lag = behind > BEHIND_MS ? made('small', '', ` −${(behind / 1000).toFixed(1)}`) : ''
      row.append(made('td', lag === '' ? 'number' : 'number behind', text, lag))
    }
    return row
  })
  return [head, ...rows]
}
