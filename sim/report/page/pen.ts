/**
 * A canvas to draw on with the colours and the free places for words. Words are put only where no other words are, so
 * labels never cover each other: whoever comes first has the place.
 */

import { BOLD_FONT, type Palette, SMALL_FONT, TEXT_FONT } from './palette.ts'

/** More would be unreadable, and each is compared with those before it. */
const LABELS_MOST = 400

export interface LabelLook {
  readonly colour: string
  readonly bold?: boolean
  readonly small?: boolean
  /** What the letters stand on; none when missing. */
  readonly halo?: string | undefined
  /** Of `x`, in the text. */
  readonly align?: 'left' | 'center'
}

export class Pen {
  readonly context: CanvasRenderingContext2D
  readonly palette: Palette
  readonly width: number
  readonly height: number
  readonly #taken: (readonly [x0: number, y0: number, x1: number, y1: number])[] = []

  constructor(context: CanvasRenderingContext2D, palette: Palette, width: number, height: number) {
    this.context = context
    this.palette = palette
    this.width = width
    this.height = height
  }

  /** Keeps words out of a place. */
  take(x: number, y: number, width: number, height: number): void {
    this.#taken.push([x, y, x + width, y + height])
  }

  /** Writes on the middle line `y`, if the place is free. Whether it did. */
  label(text: string, x: number, y: number, look: LabelLook): boolean {
    if (this.#taken.length >= LABELS_MOST) return false
    const { context } = this
    context.font = look.bold === true ? BOLD_FONT : look.small === true ? SMALL_FONT : TEXT_FONT
    const width = context.measureText(text).width
    const x0 = look.align === 'center' ? x - width / 2 : x
    const [y0, x1, y1] = [y - 7, x0 + width + 4, y + 7]
    for (const [a, b, c, d] of this.#taken) if (x0 - 2 < c && x1 > a && y0 < d && y1 > b) return false
    this.#taken.push([x0 - 2, y0, x1, y1])
    context.textBaseline = 'middle'
    context.textAlign = 'left'
    if (look.halo !== undefined) {
      context.lineJoin = 'round'
      context.lineWidth = 3.5
      context.strokeStyle = look.halo
      context.setLineDash([])
      context.strokeText(text, x0, y)
    }
    context.fillStyle = look.colour
    context.fillText(text, x0, y)
    return true
  }

  /** Slanted lines over a box: what is not there. */
  hatch(x: number, y: number, width: number, height: number, colour: string): void {
    const { context } = this
    context.save()
    context.beginPath()
    context.rect(x, y, width, height)
    context.clip()
    context.beginPath()
    const first = Math.floor((x - height) / 7) * 7
    for (let at = first; at < x + width; at += 7) {
      context.moveTo(at, y + height)
      context.lineTo(at + height, y)
    }
    context.strokeStyle = colour
    context.lineWidth = 1
    context.setLineDash([])
    context.stroke()
    context.restore()
  }
}
