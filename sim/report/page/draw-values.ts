/**
 * For the key that stands out: what each node holds for it, as a ribbon along its lane that changes where the node wrote
 * or learned something else. A value has one colour and its own words wherever it shows; a delete is an empty ribbon.
 * So two nodes that disagree look different, from then until they agree.
 */

import { printable } from '../words.ts'
import type { Board } from './board.ts'
import type { Pen } from './pen.ts'

const RIBBON_PX = 15
const RIBBON_LETTERS_MOST = 40

/** A part of a ribbon, on the screen. */
interface Ribbon {
  readonly x0: number
  readonly x1: number
  readonly y: number
  readonly value: string | undefined
  readonly colour: string
}

export function drawValues(pen: Pen, board: Board): void {
  const { context, palette } = pen
  for (const { x0, x1, y, value, colour } of ribbonsOf(pen, board)) {
    const [top, wide] = [Math.round(y - RIBBON_PX / 2) + 0.5, Math.max(x1 - x0 - 1, 1)]
    context.fillStyle = palette.panel
    context.fillRect(x0, top, wide, RIBBON_PX)
    context.strokeStyle = colour
    context.lineWidth = 1
    if (value === undefined) context.setLineDash([4, 3])
    else {
      context.globalAlpha = 0.22
      context.fillStyle = colour
      context.fillRect(x0, top, wide, RIBBON_PX)
      context.globalAlpha = 1
    }
    context.strokeRect(x0 + 0.5, top, wide, RIBBON_PX)
    context.setLineDash([])
  }
}

/** In the ribbon where there is room, else above its start. */
export function drawValueWords(pen: Pen, board: Board): void {
  const { palette, context } = pen
  for (const { x0, x1, y, value } of ribbonsOf(pen, board)) {
    const text = value === undefined ? 'deleted' : printable(value).slice(0, RIBBON_LETTERS_MOST)
    const fits = context.measureText(text).width + 20 < x1 - x0
    if (fits) pen.label(text, x0 + 10, y + 0.5, { colour: palette.ink })
    else pen.label(text, x0 + 3, y - 16, { colour: palette.ink, halo: palette.panel })
  }
}

function ribbonsOf(pen: Pen, board: Board): Ribbon[] {
  const { columns, lanes, scale, marks } = board
  if (marks === undefined) return []
  const { palette, width } = pen
  const colours = new Map<string, string>()
  const held: number[][] = Array.from({ length: lanes.nodes }, () => [])
  for (let i = marks.indexOf(1); i !== -1; i = marks.indexOf(1, i + 1)) {
    const kind = columns.kind(i)
    if (kind !== 'write' && kind !== 'shown') continue
    held[columns.who(i)]?.push(i)
    const version = columns.what(i)
    if (columns.words(i) !== undefined && !colours.has(version))
      colours.set(version, palette.values[colours.size % palette.values.length] ?? palette.soft)
  }
  const ribbons: Ribbon[] = []
  held.forEach((rows, node) => {
    rows.forEach((row, n) => {
      const next = rows[n + 1]
      const [fromMs, toMs] = [columns.atMs(row), next === undefined ? columns.run.endedMs : columns.atMs(next)]
      for (const stretch of lanes.processes[node] ?? []) {
        // A process that is down shows nothing to anyone.
        if (stretch.state === 'down' || stretch.state === 'starting') continue
        const x0 = Math.max(scale.x(Math.max(fromMs, stretch.fromMs)), scale.left)
        const x1 = Math.min(scale.x(Math.min(toMs, stretch.toMs)), width)
        const colour = colours.get(columns.what(row)) ?? palette.deleted
        if (x1 > x0) ribbons.push({ x0, x1, y: lanes.y(node), value: columns.words(row), colour })
      }
    })
  })
  return ribbons
}
