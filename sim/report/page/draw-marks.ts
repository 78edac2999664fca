/**
 * What happens at places: a full disc where a client wrote, a full diamond where one deleted, the same hollow where a
 * node learned it from another, a flag for a line of a log, and a bar for each call of a client. Filled is one's own,
 * hollow is heard; round is a value, pointed is a delete.
 */

import { printable } from '../words.ts'
import type { Board } from './board.ts'
import type { InWindow } from './in-window.ts'
import type { Pen } from './pen.ts'

/** Above it, ticks instead of marks. */
const MARKS_MOST = 1000
const MARK_WORDS_MOST = 110
const CALL_WORDS_MOST = 90
const BAR_PX = 9

/** Draws the marks that do not stand out, and all calls. */
export function drawMarks(pen: Pen, board: Board, { marks, calls }: InWindow): void {
  const dim = board.marks !== undefined
  drawCalls(pen, board, calls, dim)
  if (marks.length > MARKS_MOST) {
    drawTicks(pen, board, marks, dim ? 0.25 : 0.8)
    return
  }
  pen.context.globalAlpha = dim ? 0.3 : 1
  for (const i of marks) drawMark(pen, board, i, marks.length > 300 ? 2.6 : 3.5)
  pen.context.globalAlpha = 1
}

/** Draws the marks of the key; its values are named by the ribbons below them. */
export function drawLitMarks(pen: Pen, board: Board, { litMarks }: InWindow): void {
  for (const i of litMarks) drawMark(pen, board, i, 5.5)
}

export function drawMarkWords(pen: Pen, board: Board, { marks }: InWindow): void {
  if (board.marks !== undefined) return
  const own = marks.filter((i) => board.columns.kind(i) !== 'shown')
  if (own.length <= MARK_WORDS_MOST) for (const i of own) drawWordsOfMark(pen, board, i)
}

/** Traces the mark of the event `i` around a point. */
function traceMark(context: CanvasRenderingContext2D, isValue: boolean, x: number, y: number, r: number): void {
  context.beginPath()
  if (isValue) context.arc(x, y, r, 0, 7)
  else {
    const d = r * 1.3
    context.moveTo(x, y - d)
    context.lineTo(x + d, y)
    context.lineTo(x, y + d)
    context.lineTo(x - d, y)
    context.closePath()
  }
}

function drawMark(pen: Pen, { columns, lanes, scale }: Board, i: number, r: number): void {
  const { context, palette } = pen
  const kind = columns.kind(i)
  const x = scale.x(columns.atMs(i))
  if (kind === 'note') {
    const y = columns.who(i) < 0 ? lanes.firstNodeTop : lanes.y(columns.who(i)) - 9
    context.fillStyle = palette.soft
    context.beginPath()
    context.moveTo(x - 4, y - 7)
    context.lineTo(x + 4, y - 7)
    context.lineTo(x, y)
    context.fill()
    return
  }
  const isValue = columns.words(i) !== undefined
  const colour = isValue ? palette.news : palette.deleted
  traceMark(context, isValue, x, lanes.y(columns.who(i)), kind === 'write' ? r : r - 0.75)
  context.fillStyle = kind === 'write' ? colour : palette.panel
  context.fill()
  context.strokeStyle = kind === 'write' ? palette.panel : colour
  context.lineWidth = kind === 'write' ? 1 : 1.5
  context.stroke()
}

function drawWordsOfMark(pen: Pen, board: Board, i: number): void {
  const { columns, lanes, scale } = board
  const { palette } = pen
  const kind = columns.kind(i)
  const x = scale.x(columns.atMs(i))
  const y = columns.who(i) < 0 ? lanes.firstNodeTop : lanes.y(columns.who(i))
  const value = columns.words(i)
  const [key = ''] = columns.keys(i)
  const text =
    kind === 'note'
      ? printable(value ?? '').slice(0, 60)
      : value === undefined
        ? `delete ${printable(key)}`
        : `${printable(key)} = ${printable(value).slice(0, 24)}`
  const look = { colour: kind === 'note' ? palette.soft : palette.ink, halo: palette.panel }
  // Above the lane, or below it when that place is taken.
  if (!pen.label(text, x + 6, y - 15, look)) pen.label(text, x + 6, y + 16, look)
}

/** One stroke for all of a kind: values above the lane, deletes below it. */
function drawTicks(pen: Pen, { columns, lanes, scale }: Board, rows: readonly number[], alpha: number): void {
  const { context, palette } = pen
  const [values, deletes] = [new Path2D(), new Path2D()]
  for (const i of rows) {
    if (columns.kind(i) !== 'write') continue
    const [x, y] = [Math.round(scale.x(columns.atMs(i))) + 0.5, lanes.y(columns.who(i))]
    const path = columns.words(i) === undefined ? deletes : values
    path.moveTo(x, y)
    path.lineTo(x, columns.words(i) === undefined ? y + 8 : y - 8)
  }
  context.globalAlpha = alpha
  context.lineWidth = 1
  context.strokeStyle = palette.news
  context.stroke(values)
  context.strokeStyle = palette.deleted
  context.stroke(deletes)
  context.globalAlpha = 1
}

function drawCalls(pen: Pen, board: Board, rows: readonly number[], dim: boolean): void {
  const { context, palette } = pen
  const { columns, lanes, scale } = board
  for (const i of rows) {
    const x0 = scale.x(columns.atMs(i))
    const x1 = callEnd(board, i, rows.length > CALL_WORDS_MOST ? 2 : 14)
    if (x1 < scale.left || x0 > pen.width) continue
    const y = Math.round(lanes.y(columns.who(i)) - BAR_PX / 2) + 0.5
    const isLit = board.isLit(i)
    const outcome = columns.tag(i)
    context.globalAlpha = dim && !isLit ? 0.3 : 1
    const colour = outcome === 'ok' ? (isLit ? palette.ink : palette.other) : palette.broken
    context.fillStyle = colour
    if (outcome === 'ok') context.fillRect(x0, y, x1 - x0, BAR_PX)
    else if (x1 - x0 < 12) context.fillRect(x0, y - 2, 1.5, outcome === 'failed' ? BAR_PX + 4 : BAR_PX / 2 + 2)
    else {
      context.strokeStyle = colour
      context.lineWidth = 1.25
      context.setLineDash(outcome === 'failed' ? [] : [3, 2])
      context.strokeRect(x0, y, x1 - x0, BAR_PX)
      context.setLineDash([])
    }
    context.globalAlpha = 1
    if (rows.length <= CALL_WORDS_MOST) pen.take(x0, y, x1 - x0, BAR_PX)
  }
}

/** What each call asked, behind its bar. Called when all bars are drawn, so that none covers words. */
export function drawCallWords(pen: Pen, board: Board, { calls }: InWindow): void {
  if (calls.length > CALL_WORDS_MOST) return
  const { columns, lanes } = board
  const { palette } = pen
  for (const i of calls) {
    const isLit = board.isLit(i)
    if (board.marks !== undefined && !isLit) continue
    const outcome = columns.tag(i)
    const words = `${printable(columns.words(i) ?? '').slice(0, 40)}${outcome === 'ok' ? '' : `: ${outcome}`}`
    const look = { colour: isLit ? palette.ink : palette.soft, halo: palette.panel, small: true }
    pen.label(words, callEnd(board, i, 14) + 6, lanes.y(columns.who(i)) + 0.5, look)
  }
}

function callEnd({ columns, scale }: Board, i: number, openPx: number): number {
  const [x0, end] = [scale.x(columns.atMs(i)), columns.endMs(i)]
  return Number.isNaN(end) ? x0 + openPx : Math.max(scale.x(end), x0 + 2)
}
