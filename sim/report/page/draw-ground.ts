/**
 * The ground of the picture: the lines of the lanes, what their processes did, the faults that stood, the axis of time,
 * the names at the left, and the instant at which the run broke. Everything else is drawn between `drawGround` and
 * `drawFrame`.
 */

import type { Board } from './board.ts'
import { AXIS_PX, FAULT_LETTERS_MOST, FAULT_ROW_PX, type FaultBar } from './lanes.ts'
import { BOLD_FONT, SMALL_FONT, TEXT_FONT } from './palette.ts'
import type { Pen } from './pen.ts'
import { ticksOf } from './time-scale.ts'

/** Room for the names of the lanes, px. */
export const GUTTER_PX = 76
/** For the words of a fault, px. */
const LEAST_ROOM_PX = 110

export function drawGround(pen: Pen, board: Board): void {
  const { context, palette, width, height } = pen
  context.fillStyle = palette.panel
  context.fillRect(0, 0, width, height)
  drawGrid(pen, board)
  for (const fault of board.lanes.faults) drawFaultShade(pen, board, fault)
  drawLanes(pen, board)
}

function drawGrid(pen: Pen, { scale }: Board): void {
  const { context, palette, height } = pen
  context.beginPath()
  for (const { ms } of ticksOf(scale)) {
    const x = Math.round(scale.x(ms)) + 0.5
    context.moveTo(x, AXIS_PX)
    context.lineTo(x, height)
  }
  context.strokeStyle = palette.rule
  context.lineWidth = 1
  context.stroke()
}

/** The fault's colour, very light, over the lanes that it concerns, and a thin line where it begins and ends. */
function drawFaultShade(pen: Pen, { lanes, scale }: Board, fault: FaultBar): void {
  const { context, palette } = pen
  const x0 = Math.max(scale.x(fault.fromMs), scale.left)
  const x1 = Math.min(scale.x(fault.toMs), pen.width)
  if (x1 < scale.left || x0 > pen.width) return
  const all = fault.lanes.length === 0
  // Many faults at a time would make one brown ground.
  const many = lanes.faults.length
  const rows = all ? [0] : fault.lanes.filter((lane) => lanes.isShown(lane))
  for (const lane of rows) {
    const half = (lanes.isClient(lane) ? lanes.clientGap : lanes.nodeGap) / 2
    const top = all ? lanes.firstNodeTop : lanes.y(lane) - half
    const bottom = all ? lanes.nodesBottom : lanes.y(lane) + half
    context.fillStyle = palette.fault
    context.globalAlpha = Math.min(0.07, 0.7 / many)
    context.fillRect(x0, top, Math.max(x1 - x0, 1), bottom - top)
  }
  context.globalAlpha = Math.min(0.45, 5 / many)
  context.strokeStyle = palette.fault
  context.setLineDash([2, 3])
  context.beginPath()
  const top = lanes.faultTop(fault.row) + FAULT_ROW_PX - 4
  for (const ms of fault.toMs > fault.fromMs ? [fault.fromMs, fault.toMs] : [fault.fromMs]) {
    const x = Math.round(scale.x(ms)) + 0.5
    if (x < scale.left || x > pen.width) continue
    context.moveTo(x, top)
    context.lineTo(x, lanes.nodesBottom)
  }
  context.stroke()
  context.setLineDash([])
  context.globalAlpha = 1
}

function drawLanes(pen: Pen, { lanes, scale, columns }: Board): void {
  const { context, palette } = pen
  lanes.processes.forEach((stretches, node) => {
    const y = Math.round(lanes.y(node)) + 0.5
    for (const { fromMs, toMs, state } of stretches) {
      const x0 = Math.max(scale.x(fromMs), scale.left)
      const x1 = Math.min(scale.x(toMs), pen.width)
      if (x1 <= scale.left || x0 >= pen.width) continue
      if (state === 'down' || state === 'paused') {
        context.globalAlpha = 0.55
        if (state === 'down') pen.hatch(x0, y - 10, x1 - x0, 20, palette.faint)
        context.globalAlpha = 1
        context.strokeStyle = palette.faint
        context.lineWidth = 1
        context.strokeRect(Math.round(x0) + 0.5, y - 10, Math.round(x1 - x0), 20)
      }
      if (state === 'down') continue
      context.strokeStyle = state === 'up' ? palette.soft : palette.faint
      context.lineWidth = state === 'up' ? 1.5 : 1
      context.setLineDash(state === 'up' ? [] : state === 'paused' ? [8, 5] : [2, 3])
      line(context, x0, y, x1, y)
      context.setLineDash([])
    }
  })
  if (!lanes.withClients || lanes.clients === 0) return
  const right = Math.min(scale.x(columns.run.endedMs), pen.width)
  context.strokeStyle = palette.rule
  context.lineWidth = 1
  line(context, 0, Math.round(lanes.nodesBottom) + 0.5, pen.width, Math.round(lanes.nodesBottom) + 0.5)
  for (let lane = lanes.nodes; lane < lanes.nodes + lanes.clients; lane++) {
    const y = Math.round(lanes.y(lane)) + 0.5
    line(context, Math.max(scale.x(0), scale.left), y, right, y)
  }
}

/** Says `down` and `paused` where there is room. */
export function drawProcessWords(pen: Pen, { lanes, scale }: Board): void {
  const { palette } = pen
  lanes.processes.forEach((stretches, node) => {
    for (const { fromMs, toMs, state } of stretches) {
      if (state !== 'down' && state !== 'paused') continue
      const x0 = Math.max(scale.x(fromMs), scale.left)
      const x1 = Math.min(scale.x(toMs), pen.width)
      if (x1 - x0 > 46)
        pen.label(state, (x0 + x1) / 2, lanes.y(node), { colour: palette.soft, halo: palette.panel, align: 'center' })
    }
  })
}

/** What stands above all events: the faults' bars, the instant of the violation, the axis and the names. */
export function drawFrame(pen: Pen, board: Board): void {
  for (const fault of board.lanes.faults) drawFaultBar(pen, board, fault)
  for (const fault of board.lanes.faults) drawFaultWords(pen, board, fault)
  drawBreak(pen, board)
  drawAxis(pen, board)
  drawNames(pen, board)
}

function drawFaultBar(pen: Pen, { lanes, scale, selected }: Board, fault: FaultBar): void {
  const { context, palette } = pen
  const [start, end] = [scale.x(fault.fromMs), scale.x(fault.toMs)]
  const x0 = Math.max(start, scale.left)
  const x1 = Math.min(Math.max(end, start + 3), pen.width)
  if (x1 < scale.left || x0 > pen.width) return
  const top = lanes.faultTop(fault.row)
  const high = FAULT_ROW_PX - 4
  context.fillStyle = palette.panel
  context.fillRect(x0, top, x1 - x0, high)
  context.globalAlpha = 0.24
  context.fillStyle = palette.fault
  context.fillRect(x0, top, x1 - x0, high)
  context.globalAlpha = 1
  context.fillRect(x0, top, start < scale.left ? 0 : 3, high)
  if (selected === fault.event) {
    context.strokeStyle = palette.ink
    context.lineWidth = 1.5
    context.strokeRect(x0, top, x1 - x0, high)
  }
}

/** In the bar, or from its start on over its end, as much as there is room for before the next bar. */
function drawFaultWords(pen: Pen, { lanes, scale }: Board, fault: FaultBar): void {
  const { context, palette } = pen
  const start = scale.x(fault.fromMs)
  if (Math.max(scale.x(fault.toMs), start) < scale.left || start > pen.width) return
  context.font = TEXT_FONT
  const words = cut(fault.words, FAULT_LETTERS_MOST)
  const wide = context.measureText(words).width
  // At the very end of the picture they begin earlier, if nothing else is there.
  const isAtEnd = pen.width - start < LEAST_ROOM_PX
  const least = Math.max(isAtEnd ? Math.min(start, scale.x(fault.beforeMs)) : start, scale.left) + 8
  const x = Math.max(Math.min(Math.max(start, scale.left) + 8, pen.width - wide - 6), least)
  const room = Math.min(scale.x(fault.afterMs) - 6, pen.width) - x
  const text = wide <= room ? words : cut(words, Math.floor((words.length * room) / wide) - 1)
  if (text.length < 4) return
  pen.label(text, x, lanes.faultTop(fault.row) + (FAULT_ROW_PX - 4) / 2 + 0.5, { colour: palette.ink })
}

function cut(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, Math.max(letters - 1, 0)).trimEnd()}…`
}

function drawBreak(pen: Pen, { columns, lanes, scale }: Board): void {
  const { violation } = columns.run
  if (violation === undefined) return
  const { context, palette } = pen
  const x = Math.round(scale.x(violation.atMs)) + 0.5
  if (x < scale.left || x > pen.width) return
  context.strokeStyle = palette.broken
  context.lineWidth = 2
  line(context, x, AXIS_PX - 12, x, pen.height)
  const node = violation.node === undefined ? -1 : columns.run.places.indexOf(violation.node)
  if (!lanes.isShown(node)) return
  const y = lanes.y(node)
  context.beginPath()
  context.arc(x, y, 9, 0, 7)
  context.stroke()
}

function drawAxis(pen: Pen, { columns, scale }: Board): void {
  const { context, palette } = pen
  context.fillStyle = palette.panel
  context.fillRect(0, 0, pen.width, AXIS_PX)
  context.strokeStyle = palette.rule
  context.lineWidth = 1
  line(context, 0, AXIS_PX - 0.5, pen.width, AXIS_PX - 0.5)
  const { violation, calmMs } = columns.run
  if (violation !== undefined) {
    const text = `${violation.id} broken`
    context.font = BOLD_FONT
    const wide = context.measureText(text).width + 14
    const at = scale.x(violation.atMs)
    if (at >= scale.left && at <= pen.width) {
      const x = Math.min(Math.max(at - wide / 2, scale.left), pen.width - wide)
      context.fillStyle = palette.broken
      context.fillRect(x, 3, wide, 18)
      pen.take(x, 3, wide, 18)
      context.fillStyle = palette.panel
      context.textBaseline = 'middle'
      context.textAlign = 'left'
      context.fillText(text, x + 7, 12.5)
    }
  }
  const calm = scale.x(calmMs)
  if (calm >= scale.left && calm < pen.width - 60)
    pen.label('made whole', calm + 5, 12.5, { colour: palette.soft, small: true })
  for (const { ms, text } of ticksOf(scale)) {
    const x = scale.x(ms)
    const half = text.length * 3.2 + 4
    context.strokeStyle = palette.faint
    line(context, Math.round(x) + 0.5, AXIS_PX - 5, Math.round(x) + 0.5, AXIS_PX)
    pen.label(text, Math.min(Math.max(x, scale.left + half), pen.width - half), 12.5, {
      colour: palette.soft,
      align: 'center',
    })
  }
  if (calm >= scale.left && calm <= pen.width) {
    context.strokeStyle = palette.soft
    context.setLineDash([6, 4])
    line(context, Math.round(calm) + 0.5, 4, Math.round(calm) + 0.5, pen.height)
    context.setLineDash([])
  }
}

function drawNames(pen: Pen, { columns, lanes }: Board): void {
  const { context, palette } = pen
  context.fillStyle = palette.panel
  context.fillRect(0, 0, GUTTER_PX, pen.height)
  context.strokeStyle = palette.rule
  line(context, GUTTER_PX - 0.5, 0, GUTTER_PX - 0.5, pen.height)
  context.textBaseline = 'middle'
  context.textAlign = 'right'
  columns.run.places.forEach((name, lane) => {
    if (!lanes.isShown(lane)) return
    context.font = lanes.isClient(lane) ? TEXT_FONT : BOLD_FONT.replace('11px', '13px')
    context.fillStyle = lanes.isClient(lane) ? palette.soft : palette.ink
    context.fillText(name, GUTTER_PX - 12, lanes.y(lane) + 0.5, GUTTER_PX - 18)
  })
  context.font = SMALL_FONT
  context.fillStyle = palette.soft
  if (lanes.faultRows > 0) context.fillText('faults', GUTTER_PX - 12, lanes.faultTop(0) + 9)
}

export function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath()
  context.moveTo(x0, y0)
  context.lineTo(x1, y1)
  context.stroke()
}
