/**
 * The picture: draws the board on one canvas, and what is pointed at, selected or looked at on a second one above it,
 * so that moving the pointer draws no event again. Draws at most once a frame of the screen, and only what changed.
 */

import { inSeconds } from '../words.ts'
import type { Board } from './board.ts'
import { byId, contextOf, fitCanvas } from './dom.ts'
import { drawFrame, drawGround, drawProcessWords, GUTTER_PX, line } from './draw-ground.ts'
import { drawCallWords, drawLitMarks, drawMarks, drawMarkWords } from './draw-marks.ts'
import { arrowOf, drawLitMessages, drawMessages, drawMessageWords } from './draw-messages.ts'
import { drawValues, drawValueWords } from './draw-values.ts'
import { eventsInWindow } from './in-window.ts'
import { AXIS_PX } from './lanes.ts'
import { type Palette, readPalette } from './palette.ts'
import { Pen } from './pen.ts'

/** Of the window, left for what stands above and below the picture, px. */
const AROUND_PX = 400
const LEAST_PX = 330

export class Picture {
  /** Whether each message of the window is drawn, so that it can be pointed at. */
  hasArrows = true
  readonly #board: Board
  readonly #base: HTMLCanvasElement = byId('picture-base', HTMLCanvasElement)
  readonly #above: HTMLCanvasElement = byId('picture-above', HTMLCanvasElement)
  #palette: Palette = readPalette()
  #width = 0
  #height = 0
  #isBaseDue = false
  #isAboveDue = false

  constructor(board: Board) {
    this.#board = board
    board.listen((change) => {
      if (change === 'theme') this.#palette = readPalette()
      if (change === 'size' || change === 'filters') this.#fit()
      this.#due(change !== 'selected' && change !== 'hovered' && change !== 'moment')
    })
    this.#fit()
    this.#due(true)
  }

  get palette(): Palette {
    return this.#palette
  }

  #fit(): void {
    const { lanes, scale } = this.#board
    const width = this.#base.parentElement?.clientWidth ?? 0
    const height = lanes.fit(Math.max(window.innerHeight - AROUND_PX, LEAST_PX), width - GUTTER_PX)
    ;[this.#width, this.#height] = fitCanvas(this.#base, height)
    fitCanvas(this.#above, height)
    scale.left = GUTTER_PX
    scale.width = Math.max(this.#width - GUTTER_PX, 50)
  }

  #due(base: boolean): void {
    const wasDue = this.#isBaseDue || this.#isAboveDue
    this.#isBaseDue ||= base
    this.#isAboveDue = true
    if (!wasDue) requestAnimationFrame(() => this.#draw())
  }

  #draw(): void {
    if (this.#isBaseDue) this.#drawBase()
    this.#drawAbove()
    this.#isBaseDue = false
    this.#isAboveDue = false
  }

  #drawBase(): void {
    const context = contextOf(this.#base)
    const pen = new Pen(context, this.#palette, this.#width, this.#height)
    drawGround(pen, this.#board)
    context.save()
    context.beginPath()
    context.rect(GUTTER_PX, AXIS_PX, this.#width, this.#height)
    context.clip()
    const events = eventsInWindow(this.#board)
    this.hasArrows = drawMessages(pen, this.#board, events)
    drawMarks(pen, this.#board, events)
    drawValues(pen, this.#board)
    drawLitMessages(pen, this.#board, events)
    drawLitMarks(pen, this.#board, events)
    drawProcessWords(pen, this.#board)
    drawValueWords(pen, this.#board)
    drawMarkWords(pen, this.#board, events)
    drawMessageWords(pen, this.#board, events)
    drawCallWords(pen, this.#board, events)
    context.restore()
    drawFrame(pen, this.#board)
  }

  #drawAbove(): void {
    const context = contextOf(this.#above)
    const { scale, momentMs, hovered, selected } = this.#board
    context.clearRect(0, 0, this.#width, this.#height)
    context.save()
    context.beginPath()
    context.rect(GUTTER_PX, 0, this.#width, this.#height)
    context.clip()
    const x = Math.round(scale.x(momentMs)) + 0.5
    context.strokeStyle = this.#palette.ink
    context.fillStyle = this.#palette.ink
    context.lineWidth = 1
    // Where it broke has a line of its own, which says more.
    const { violation } = this.#board.columns.run
    if (violation?.atMs !== momentMs) line(context, x, AXIS_PX - 4, x, this.#height)
    context.beginPath()
    context.moveTo(x - 5, AXIS_PX - 9)
    context.lineTo(x + 5, AXIS_PX - 9)
    context.lineTo(x, AXIS_PX - 1)
    context.fill()
    for (const event of [selected, hovered]) if (event >= 0) this.#drawRing(context, event, event === selected)
    context.restore()
  }

  /** A ring around the mark, or a thick line along the arrow. */
  #drawRing(context: CanvasRenderingContext2D, i: number, isSelected: boolean): void {
    const { columns, lanes, scale } = this.#board
    context.strokeStyle = this.#palette.ink
    context.lineWidth = isSelected ? 3 : 2
    const kind = columns.kind(i)
    if (kind === 'frame') {
      const { x0, y0, x1, y1 } = arrowOf(this.#board, i)
      if (!lanes.isShown(columns.who(i)) || !lanes.isShown(columns.to(i))) return
      line(context, x0, y0, x1, y1)
      context.beginPath()
      context.arc(x0, y0, 4, 0, 7)
      context.moveTo(x1 + 4, y1)
      context.arc(x1, y1, 4, 0, 7)
      context.stroke()
    } else if (kind !== 'fault' && lanes.isShown(columns.who(i))) {
      context.beginPath()
      context.arc(scale.x(columns.atMs(i)), lanes.y(columns.who(i)), 9, 0, 7)
      context.stroke()
    }
  }
}

/** For people who hear the picture: what part of the run it shows. */
export function windowInWords({ scale }: Board): string {
  return `${inSeconds(Math.max(scale.fromMs, 0))} to ${inSeconds(Math.min(scale.toMs, scale.wholeMs))} s`
}
