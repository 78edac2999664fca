/**
 * Messages: an arrow from where and when a frame was sent to where and when it arrived. How a frame fared shows in the
 * dashes and, where there is room, in a word; a lost one ends in a cross on its way. Where there are too many arrows to
 * tell apart, bars along the lanes say how many were sent, and hanging bars how many of these were lost.
 */

import type { Board } from './board.ts'
import { type InWindow, LOST_MS } from './in-window.ts'
import type { Pen } from './pen.ts'
import { roundMs } from './time-scale.ts'

/** Above it, bars. */
const ARROWS_MOST = 1000
const HEADS_MOST = 700
const ARROW_WORDS_MOST = 70
/** How far a lost frame gets, of its way. */
const LOST_SHARE = 0.62

const REPAIR: ReadonlySet<string> = new Set([
  'digest',
  'same',
  'pull',
  'piece',
  'ended',
  'unsafe',
  'sketch',
  'want',
  'answer',
])
const DASHES: Readonly<Record<string, readonly number[]>> = {
  usual: [],
  lost: [],
  late: [9, 4],
  held: [2, 3],
  doubled: [9, 3, 2, 3],
  replayed: [5, 2, 1, 2, 1, 2],
  corrupt: [1, 2],
}
const FATE_WORDS: Readonly<Record<string, string>> = {
  lost: 'lost',
  late: 'late',
  held: 'held back',
  doubled: 'doubled',
  replayed: 'sent again',
  corrupt: 'corrupt',
}

/** Where an arrow begins and ends on the screen. */
export interface Arrow {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

export function arrowOf({ columns, lanes, scale }: Board, i: number): Arrow {
  const [y0, y1] = [lanes.y(columns.who(i)), lanes.y(columns.to(i))]
  const [at, end] = [columns.atMs(i), columns.endMs(i)]
  const x0 = scale.x(at)
  if (!isLost(columns.tag(i), end)) return { x0, y0, x1: scale.x(end), y1 }
  const x1 = scale.x((Number.isNaN(end) ? at + LOST_MS : end) * LOST_SHARE + at * (1 - LOST_SHARE))
  return { x0, y0, x1, y1: y0 + (y1 - y0) * LOST_SHARE }
}

function isLost(fate: string, end: number): boolean {
  return fate === 'lost' || Number.isNaN(end)
}

/** Draws the messages that do not stand out. Whether as arrows, each of which can be pointed at. */
export function drawMessages(pen: Pen, board: Board, { frames }: InWindow): boolean {
  const dim = board.marks !== undefined
  const asArrows = frames.length <= ARROWS_MOST
  if (asArrows) drawArrows(pen, board, frames, dim ? 0.22 : frames.length > 250 ? 0.5 : 0.8, 1, false)
  else drawDensity(pen, board, frames, dim)
  return asArrows
}

/** Draws the messages about the key, in full at any zoom. */
export function drawLitMessages(pen: Pen, board: Board, { litFrames }: InWindow): void {
  drawArrows(pen, board, litFrames.slice(0, ARROWS_MOST), 1, 1.75, true)
}

/** Names the messages. Called when the marks have their words, so that these have the first choice of place. */
export function drawMessageWords(pen: Pen, board: Board, { frames, litFrames }: InWindow): void {
  if (litFrames.length <= ARROW_WORDS_MOST) for (const i of litFrames) drawWords(pen, board, i, true)
  if (frames.length <= ARROW_WORDS_MOST && board.marks === undefined)
    for (const i of frames) drawWords(pen, board, i, false)
}

function colourOf({ palette }: Pen, { columns }: Board, i: number, isClient: boolean): string {
  const what = columns.what(i)
  if (isClient) return palette.other
  return what === 'push' ? palette.news : REPAIR.has(what) ? palette.repair : palette.other
}

/** Arrows of one look are one path, so that thousands cost a few strokes. */
function drawArrows(
  pen: Pen,
  board: Board,
  rows: readonly number[],
  alpha: number,
  width: number,
  isLit: boolean,
): void {
  const { context, palette } = pen
  const paths = new Map<string, { readonly line: Path2D; readonly heads: Path2D; readonly dash: readonly number[] }>()
  const crosses = new Path2D()
  for (const i of rows) {
    const { x0, y0, x1, y1 } = arrowOf(board, i)
    const fate = board.columns.tag(i)
    const colour = isLit ? palette.ink : colourOf(pen, board, i, board.isClientFrame(i))
    const look = `${colour} ${fate}`
    let path = paths.get(look)
    if (path === undefined) {
      path = { line: new Path2D(), heads: new Path2D(), dash: DASHES[fate] ?? [] }
      paths.set(look, path)
    }
    path.line.moveTo(x0, y0)
    path.line.lineTo(x1, y1)
    if (isLost(fate, board.columns.endMs(i))) addCross(crosses, x1, y1)
    else if (rows.length <= HEADS_MOST) addHead(path.heads, x0, y0, x1, y1, isLit ? 7 : 5.5)
  }
  context.globalAlpha = alpha
  for (const [look, { line, heads, dash }] of paths) {
    const colour = look.slice(0, look.lastIndexOf(' '))
    context.strokeStyle = colour
    context.fillStyle = colour
    context.lineWidth = width
    context.setLineDash([...dash])
    context.stroke(line)
    context.setLineDash([])
    context.fill(heads)
  }
  context.strokeStyle = palette.broken
  context.lineWidth = isLit ? 2 : 1.5
  context.stroke(crosses)
  context.globalAlpha = 1
}

function addHead(path: Path2D, x0: number, y0: number, x1: number, y1: number, long: number): void {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1
  const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length]
  const [x, y] = [x1 - dx * long, y1 - dy * long]
  const wide = long * 0.42
  path.moveTo(x1, y1)
  path.lineTo(x - dy * wide, y + dx * wide)
  path.lineTo(x + dy * wide, y - dx * wide)
  path.closePath()
}

function addCross(path: Path2D, x: number, y: number): void {
  path.moveTo(x - 3.5, y - 3.5)
  path.lineTo(x + 3.5, y + 3.5)
  path.moveTo(x - 3.5, y + 3.5)
  path.lineTo(x + 3.5, y - 3.5)
}

function drawWords(pen: Pen, board: Board, i: number, isLit: boolean): void {
  const { palette } = pen
  const { x0, y0, x1, y1 } = arrowOf(board, i)
  const fate = FATE_WORDS[board.columns.tag(i)]
  const what = board.columns.what(i)
  // The mark that a push begins at says what is in it, and a cross says that it is lost.
  const isPlain = fate === undefined || fate === 'lost'
  if (isPlain && what === 'push' && !isLit) return
  const text = fate === undefined ? what : `${what}, ${fate}`
  const colour = isLit ? palette.ink : palette.soft
  // Beside the cross of a lost one, else on the way.
  const share = fate === 'lost' ? 1 : 0.42
  const x = x0 + (x1 - x0) * share + (fate === 'lost' ? 8 : 5)
  if (x < board.scale.left || x > pen.width - 20) return
  pen.label(text, x, y0 + (y1 - y0) * share, { colour, halo: palette.panel, small: true, bold: false })
}

function drawDensity(pen: Pen, board: Board, rows: readonly number[], dim: boolean): void {
  const { columns, lanes, scale } = board
  // Whole bins of time, so that the bars do not flicker while the window moves.
  const binMs = roundMs((scale.spanMs / scale.width) * 3.2)
  const first = Math.floor(scale.fromMs / binMs)
  const bins = Math.ceil(scale.toMs / binMs) - first + 1
  const count = lanes.nodes + lanes.clients
  const sent = new Int32Array(bins * count)
  const lost = new Int32Array(bins * count)
  let most = 1
  for (const i of rows) {
    const at = columns.who(i) * bins + Math.floor(columns.atMs(i) / binMs) - first
    const now = (sent[at] ?? 0) + 1
    sent[at] = now
    if (now > most) most = now
    if (isLost(columns.tag(i), columns.endMs(i))) lost[at] = (lost[at] ?? 0) + 1
  }
  const { context, palette } = pen
  const wide = Math.max((binMs / scale.spanMs) * scale.width - 1, 1)
  const bars = (counts: Int32Array, colour: string, direction: number, alpha: number): void => {
    context.fillStyle = colour
    context.globalAlpha = alpha
    for (let lane = 0; lane < count; lane++) {
      if (!lanes.isShown(lane)) continue
      const high = (lanes.isClient(lane) ? lanes.clientGap : lanes.nodeGap) * 0.4
      for (let bin = 0; bin < bins; bin++) {
        const many = counts[lane * bins + bin] ?? 0
        if (many === 0) continue
        const tall = Math.max(1.5, high * Math.sqrt(many / most))
        context.fillRect(scale.x((first + bin) * binMs), lanes.y(lane), wide, tall * direction)
      }
    }
  }
  bars(sent, palette.news, -1, dim ? 0.16 : 0.4)
  bars(lost, palette.broken, 1, dim ? 0.22 : 0.6)
  context.globalAlpha = 1
}
