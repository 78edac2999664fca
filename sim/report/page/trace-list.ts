/**
 * The run as a list of lines, a page of them at a time, for reading, searching and screen readers. It follows the same
 * filters as the picture, and can be narrowed to the key that stands out and to one node.
 */

import { eventInvolves, inSeconds, lineOf } from '../words.ts'
import type { Board } from './board.ts'
import { arrowed } from './detail.ts'
import { byId, made } from './dom.ts'
import { bringIntoView } from './picking.ts'

const PAGE_LINES = 60

export class TraceList {
  readonly #board: Board
  readonly #body: HTMLTableSectionElement = byId('trace-lines', HTMLTableSectionElement)
  readonly #node: HTMLSelectElement = byId('trace-node', HTMLSelectElement)
  readonly #onlyKey: HTMLInputElement = byId('trace-only-key', HTMLInputElement)
  readonly #all: HTMLInputElement = byId('trace-all', HTMLInputElement)
  readonly #words: HTMLInputElement = byId('trace-words', HTMLInputElement)
  readonly #place: HTMLElement = byId('trace-place', HTMLElement)
  readonly #earlier: HTMLButtonElement = byId('trace-earlier', HTMLButtonElement)
  readonly #later: HTMLButtonElement = byId('trace-later', HTMLButtonElement)
  #rows: readonly number[] = []
  #first = 0

  constructor(board: Board) {
    this.#board = board
    for (const name of board.columns.run.places) if (name !== '') this.#node.append(new Option(name, name))
    for (const input of [this.#node, this.#onlyKey, this.#all, this.#words])
      input.addEventListener('input', () => this.#refill())
    this.#earlier.addEventListener('click', () => this.#turn(-PAGE_LINES))
    this.#later.addEventListener('click', () => this.#turn(PAGE_LINES))
    byId('trace-moment', HTMLButtonElement).addEventListener('click', () => this.#goTo(board.momentMs))
    this.#body.addEventListener('click', (event) => this.#clicked(event.target))
    board.listen((change) => {
      if (change === 'key' || change === 'filters') this.#refill()
      if (change === 'selected') this.#show()
    })
    this.#refill()
  }

  #refill(): void {
    const { columns, key, momentMs } = this.#board
    const node = this.#node.value
    const words = this.#words.value.toLowerCase()
    const place = node === '' ? -1 : columns.run.places.indexOf(node)
    this.#onlyKey.disabled = key === undefined
    const onlyKey = this.#onlyKey.checked && key !== undefined
    const rows: number[] = []
    for (let i = 0; i < columns.size; i++) {
      const kind = columns.kind(i)
      if (!this.#all.checked && !this.#board.isVisible(i)) continue
      // What stood around it belongs to the story of a key.
      if (onlyKey && kind !== 'fault' && kind !== 'process' && !this.#board.isLit(i)) continue
      if (place >= 0 && columns.who(i) !== place && columns.to(i) !== place) {
        if (kind === 'frame' || !eventInvolves(columns.eventAt(i), node)) continue
      }
      if (words !== '') {
        const { where, text } = lineOf(columns.eventAt(i))
        if (!`${where} ${text}`.toLowerCase().includes(words)) continue
      }
      rows.push(i)
    }
    this.#rows = rows
    this.#goTo(momentMs)
  }

  /** The page that has this instant in it. */
  #goTo(ms: number): void {
    const at = this.#rows.findIndex((row) => this.#board.columns.atMs(row) >= ms)
    this.#first = Math.max(0, (at === -1 ? this.#rows.length : at) - PAGE_LINES / 2)
    this.#turn(0)
  }

  #turn(by: number): void {
    this.#first = Math.max(0, Math.min(this.#first + by, this.#rows.length - PAGE_LINES))
    this.#show()
  }

  #show(): void {
    const { columns, selected } = this.#board
    const violation = columns.run.violation
    const lines: HTMLTableRowElement[] = []
    for (const row of this.#rows.slice(this.#first, this.#first + PAGE_LINES)) {
      const event = columns.eventAt(row)
      const { where, text } = lineOf(event)
      const time = made('button', 'time', inSeconds(event.atMs))
      time.type = 'button'
      time.dataset.row = String(row)
      const line = made('tr', this.#board.isLit(row) ? 'lit' : '', made('td', 'number', time))
      line.append(made('td', 'where', arrowed(where)), made('td', '', text))
      if (row === selected) line.setAttribute('aria-current', 'true')
      lines.push(line)
    }
    if (violation !== undefined)
      this.#addBreak(lines, violation.atMs, `${violation.id} is broken: ${violation.finding}`)
    this.#body.replaceChildren(...lines)
    const last = Math.min(this.#first + PAGE_LINES, this.#rows.length)
    this.#place.textContent =
      this.#rows.length === 0
        ? 'No event passes the filters.'
        : `Lines ${(this.#first + 1).toLocaleString('en')} to ${last.toLocaleString('en')} of ${this.#rows.length.toLocaleString('en')}`
    this.#earlier.disabled = this.#first === 0
    this.#later.disabled = last === this.#rows.length
  }

  /** A line of its own at its place among these, when that is on this page. */
  #addBreak(lines: HTMLTableRowElement[], atMs: number, text: string): void {
    const { columns } = this.#board
    const page = this.#rows.slice(this.#first, this.#first + PAGE_LINES)
    const at = page.findIndex((row) => columns.atMs(row) > atMs)
    const isLast = this.#first + PAGE_LINES >= this.#rows.length
    if ((at === 0 && this.#first > 0) || (at === -1 && !isLast)) return
    const line = made('tr', 'broken', made('td', 'number', inSeconds(atMs)))
    const cell = made('td', '', text)
    cell.colSpan = 2
    line.append(cell)
    lines.splice(at === -1 ? lines.length : at, 0, line)
  }

  #clicked(target: EventTarget | null): void {
    if (!(target instanceof Element)) return
    const row = target.closest('tr')?.querySelector('button')?.dataset.row
    if (row === undefined) return
    const focused = target.closest('button') !== null
    bringIntoView(this.#board, Number(row))
    this.#board.setMoment(this.#board.columns.atMs(Number(row)))
    this.#board.select(Number(row))
    if (focused) this.#body.querySelector<HTMLElement>(`button[data-row="${row}"]`)?.focus()
  }
}
