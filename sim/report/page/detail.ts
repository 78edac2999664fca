/**
 * What an event says in full: in a small card beside the pointer, and below the picture for the one that is selected,
 * where screen readers hear it and its keys can be picked to stand out.
 */

import { inSeconds, lineOf, printable } from '../words.ts'
import type { Board } from './board.ts'
import { byId, made } from './dom.ts'
import { arrowOf } from './draw-messages.ts'

const KEYS_MOST = 12

export class Detail {
  readonly #board: Board
  readonly #card: HTMLElement = byId('card', HTMLElement)
  readonly #chosen: HTMLElement = byId('chosen', HTMLElement)

  constructor(board: Board) {
    this.#board = board
    board.listen((change) => {
      if (change === 'hovered' || change === 'view') this.#showCard()
      if (change === 'selected' || change === 'key') this.#showChosen()
    })
    this.#showChosen()
  }

  #showCard(): void {
    const { hovered, columns, lanes, scale } = this.#board
    this.#card.hidden = hovered < 0
    if (hovered < 0) return
    const event = columns.eventAt(hovered)
    const { where, text } = lineOf(event)
    const time = made('span', 'time', `${inSeconds(event.atMs)} s`)
    this.#card.replaceChildren(time, made('b', '', arrowed(where)), made('p', '', text))
    const isFrame = event.kind === 'frame'
    const x = isFrame ? arrowOf(this.#board, hovered).x1 : scale.x(event.atMs)
    const fault = lanes.faults.find((bar) => bar.event === hovered)
    const y =
      fault !== undefined
        ? lanes.faultTop(fault.row) + 14
        : isFrame
          ? (lanes.y(columns.who(hovered)) + lanes.y(columns.to(hovered))) / 2
          : lanes.y(Math.max(columns.who(hovered), 0))
    const room = scale.left + scale.width - this.#card.offsetWidth - 8
    this.#card.style.left = `${Math.max(Math.min(x + 16, room), scale.left + 4)}px`
    this.#card.style.top = `${Math.min(y + 16, lanes.height - this.#card.offsetHeight - 4)}px`
  }

  #showChosen(): void {
    const { selected, columns, key } = this.#board
    if (selected < 0) {
      const [next, last] = [made('kbd', '', '.'), made('kbd', '', ',')]
      const hint = ['Nothing is selected. Click an event, or step through them with ', next, ' and ', last]
      this.#chosen.replaceChildren(made('p', 'hint', ...hint))
      return
    }
    const event = columns.eventAt(selected)
    const { where, text } = lineOf(event)
    const head = made(
      'p',
      'line',
      made('span', 'time', `${inSeconds(event.atMs)} s`),
      made('b', '', arrowed(where)),
      text,
    )
    const keys = event.kind === 'fault' ? [] : columns.keys(selected)
    const buttons = keys.slice(0, KEYS_MOST).map((each) => {
      const button = made('button', 'chip', printable(each))
      button.type = 'button'
      button.setAttribute('aria-pressed', String(each === key))
      button.addEventListener('click', () => this.#board.highlight(each === key ? undefined : each))
      return button
    })
    const rest = keys.length - buttons.length
    const list = made('p', 'keys', 'Highlight:', ...buttons, rest > 0 ? `and ${rest} more` : '')
    this.#chosen.replaceChildren(head, ...(keys.length > 0 ? [list] : []))
  }
}

/** A person reads an arrow better than two letters. */
export function arrowed(where: string): string {
  return where === '' ? 'all' : where.replace(' -> ', ' → ')
}
