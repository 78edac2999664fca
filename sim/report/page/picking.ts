/**
 * Which event is under the pointer: marks first, then messages, calls and faults, the nearest of its kind. Only what is
 * drawn can be picked. Also the next and the last event in time, for people without a pointer.
 */

import type { Board } from './board.ts'
import { arrowOf } from './draw-messages.ts'
import { FAULT_ROW_PX } from './lanes.ts'

const NEAR_PX = 7

/** A row of the columns, or −1. */
export function pick(board: Board, hasArrows: boolean, x: number, y: number): number {
  const { columns, lanes, scale } = board
  for (const fault of lanes.faults) {
    const top = lanes.faultTop(fault.row)
    if (y < top || y > top + FAULT_ROW_PX) continue
    if (x >= scale.x(fault.fromMs) - 3 && x <= Math.max(scale.x(fault.toMs), scale.x(fault.fromMs) + 5))
      return fault.event
  }
  if (y < lanes.firstNodeTop) return -1
  let best = -1
  let bestScore = NEAR_PX
  columns.within(scale.fromMs, scale.toMs, (i) => {
    if (!board.isVisible(i)) return
    const score = distance(board, hasArrows, i, x, y) - (board.isLit(i) ? 2 : 0)
    if (score < bestScore) {
      best = i
      bestScore = score
    }
  })
  return best
}

/** In px; a mark on a lane counts as nearer than the arrows that begin there. */
function distance(board: Board, hasArrows: boolean, i: number, x: number, y: number): number {
  const { columns, lanes, scale } = board
  const kind = columns.kind(i)
  const x0 = scale.x(columns.atMs(i))
  switch (kind) {
    case 'frame': {
      if (!hasArrows && !board.isLit(i)) return Infinity
      const arrow = arrowOf(board, i)
      return distanceToLine(x, y, arrow.x0, arrow.y0, arrow.x1, arrow.y1)
    }
    case 'call': {
      const end = columns.endMs(i)
      const x1 = Number.isNaN(end) ? x0 + 14 : scale.x(end)
      const aside = Math.max(x0 - x, x - x1, 0)
      return Math.hypot(aside, Math.max(Math.abs(y - lanes.y(columns.who(i))) - 5, 0))
    }
    case 'write':
    case 'shown':
    case 'note': {
      const place = columns.who(i) < 0 ? lanes.firstNodeTop : lanes.y(columns.who(i)) - (kind === 'note' ? 12 : 0)
      return Math.hypot(x - x0, y - place) - (kind === 'write' ? 3.5 : 3)
    }
    case 'fault':
    case 'process':
    case 'state':
      return Infinity
  }
}

function distanceToLine(x: number, y: number, x0: number, y0: number, x1: number, y1: number): number {
  const [dx, dy] = [x1 - x0, y1 - y0]
  const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)
  const share = Math.min(Math.max(along, 0), 1)
  return Math.hypot(x - x0 - share * dx, y - y0 - share * dy)
}

/** The next visible event after (or before) this one; from the start of the window when there is none. */
export function nextEvent(board: Board, from: number, direction: 1 | -1): number {
  const { columns, scale } = board
  const { marks } = board
  let i = from
  if (i < 0) i = direction === 1 ? columns.firstAt(scale.fromMs) - 1 : columns.firstAt(scale.toMs)
  for (i += direction; i >= 0 && i < columns.size; i += direction) {
    // With a key that stands out, one walks along what it is about.
    if (marks === undefined ? board.isVisible(i) : marks[i] === 1 && board.isVisible(i)) return i
  }
  return from
}

/** Moves the window so that the event is in it. */
export function bringIntoView(board: Board, event: number): void {
  const { columns, scale } = board
  const at = columns.atMs(event)
  if (at > scale.fromMs && at < scale.toMs) return
  scale.show(at - scale.spanMs / 2, at + scale.spanMs / 2)
  board.changed('view')
}
