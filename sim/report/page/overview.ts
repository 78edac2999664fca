/**
 * The whole run in a narrow strip: how much happened when, which faults stood, where it broke, and which part of it the
 * picture shows. Drag the window, or click beside it, to move it; it is one more way to do with a pointer what the keys of
 * the picture do, so assistive technology is not told of it.
 */

import type { Board } from './board.ts'
import { byId, contextOf, fitCanvas } from './dom.ts'
import { GUTTER_PX, line } from './draw-ground.ts'
import type { Picture } from './picture.ts'

const HEIGHT_PX = 46

export class Overview {
  readonly #board: Board
  readonly #picture: Picture
  readonly #canvas: HTMLCanvasElement = byId('overview', HTMLCanvasElement)
  /** The strip without the window, drawn again only when the events that show have changed. */
  readonly #still: HTMLCanvasElement = document.createElement('canvas')
  #width = 1
  #isDue = false

  constructor(board: Board, picture: Picture) {
    this.#board = board
    this.#picture = picture
    board.listen((change) => {
      if (change === 'size') this.#fit()
      if (change === 'size' || change === 'theme' || change === 'filters' || change === 'key') this.#drawStill()
      if (change !== 'hovered' && change !== 'selected') this.#due()
    })
    this.#fit()
    this.#drawStill()
    this.#due()
    this.#listen()
  }

  #fit(): void {
    ;[this.#width] = fitCanvas(this.#canvas, HEIGHT_PX)
    this.#still.width = this.#canvas.width
    this.#still.height = this.#canvas.height
  }

  #x(ms: number): number {
    return GUTTER_PX + (ms / this.#board.scale.wholeMs) * (this.#width - GUTTER_PX - 8)
  }

  #ms(x: number): number {
    return ((x - GUTTER_PX) / (this.#width - GUTTER_PX - 8)) * this.#board.scale.wholeMs
  }

  #drawStill(): void {
    const { columns, lanes } = this.#board
    const { palette } = this.#picture
    const context = contextOf(this.#still)
    const sharpness = window.devicePixelRatio
    context.setTransform(sharpness, 0, 0, sharpness, 0, 0)
    context.clearRect(0, 0, this.#width, HEIGHT_PX)
    const wide = 3
    const counts = new Int32Array(Math.ceil(this.#width / wide) + 1)
    const lit = new Int32Array(counts.length)
    for (let i = 0; i < columns.size; i++) {
      if (!this.#board.isVisible(i)) continue
      const bin = Math.floor(this.#x(columns.atMs(i)) / wide)
      counts[bin] = (counts[bin] ?? 0) + 1
      if (this.#board.isLit(i)) lit[bin] = (lit[bin] ?? 0) + 1
    }
    const most = counts.reduce((a, b) => Math.max(a, b), 1)
    context.fillStyle = palette.fault
    context.globalAlpha = 0.2
    for (const { fromMs, toMs } of lanes.faults)
      context.fillRect(this.#x(fromMs), 3, Math.max(this.#x(toMs) - this.#x(fromMs), 2), 7)
    context.globalAlpha = 0.5
    context.fillStyle = palette.news
    counts.forEach((many, bin) => {
      const tall = Math.sqrt(many / most) * (HEIGHT_PX - 16)
      if (many > 0) context.fillRect(bin * wide, HEIGHT_PX - 2 - tall, wide - 1, Math.max(tall, 1))
    })
    context.globalAlpha = 1
    context.fillStyle = palette.ink
    lit.forEach((many, bin) => {
      if (many > 0) context.fillRect(bin * wide, HEIGHT_PX - 8, wide - 1, 6)
    })
    const { violation } = columns.run
    if (violation === undefined) return
    context.strokeStyle = palette.broken
    context.lineWidth = 2
    line(context, this.#x(violation.atMs), 0, this.#x(violation.atMs), HEIGHT_PX)
  }

  #due(): void {
    if (!this.#isDue) requestAnimationFrame(() => this.#draw())
    this.#isDue = true
  }

  #draw(): void {
    this.#isDue = false
    const { scale, momentMs } = this.#board
    const { palette } = this.#picture
    const context = contextOf(this.#canvas)
    context.clearRect(0, 0, this.#width, HEIGHT_PX)
    context.drawImage(this.#still, 0, 0, this.#width, HEIGHT_PX)
    context.strokeStyle = palette.ink
    context.lineWidth = 1
    if (this.#board.columns.run.violation?.atMs !== momentMs)
      line(context, this.#x(momentMs), 0, this.#x(momentMs), HEIGHT_PX)
    const x0 = Math.max(this.#x(scale.fromMs), GUTTER_PX - 4)
    const x1 = Math.min(this.#x(scale.toMs), this.#width - 2)
    context.globalAlpha = 0.6
    context.fillStyle = palette.paper
    context.fillRect(GUTTER_PX - 6, 0, x0 - GUTTER_PX + 6, HEIGHT_PX)
    context.fillRect(x1, 0, this.#width - x1, HEIGHT_PX)
    context.globalAlpha = 1
    context.strokeStyle = palette.soft
    context.lineWidth = 1.5
    context.strokeRect(x0, 1, Math.max(x1 - x0, 3), HEIGHT_PX - 2)
  }

  #listen(): void {
    const { scale } = this.#board
    const moveTo = (x: number): void => {
      const middle = this.#ms(x)
      scale.show(middle - scale.spanMs / 2, middle + scale.spanMs / 2)
      this.#board.changed('view')
    }
    this.#canvas.addEventListener('pointerdown', (event) => {
      this.#canvas.setPointerCapture(event.pointerId)
      if (!scale.isWhole) moveTo(event.offsetX)
    })
    this.#canvas.addEventListener('pointermove', (event) => {
      if (this.#canvas.hasPointerCapture(event.pointerId) && !scale.isWhole) moveTo(event.offsetX)
    })
  }
}
