/**
 * How a person moves through the picture: wheel, drag, two fingers, keys. Every gesture only changes the board. The wheel
 * is left to the page once the whole run is shown, so that the picture never traps a scrolling reader.
 */

import type { Board } from './board.ts'
import { byId } from './dom.ts'
import { AXIS_PX } from './lanes.ts'
import { bringIntoView, nextEvent, pick } from './picking.ts'
import type { Picture } from './picture.ts'

const CLICK_PX = 4
const STEP = 1.6

export function listenForGestures(board: Board, picture: Picture, glide: (fromMs: number, toMs: number) => void): void {
  const canvas = byId('picture-above', HTMLCanvasElement)
  listenForWheel(board, canvas)
  listenForPointers(board, picture, canvas)
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (pressed(board, event.key, event.shiftKey, glide)) event.preventDefault()
  })
}

function listenForWheel(board: Board, canvas: HTMLCanvasElement): void {
  const { scale } = board
  canvas.addEventListener(
    'wheel',
    (event) => {
      const unit = event.deltaMode === 1 ? 18 : 1
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey
      if (scale.isWhole && (sideways || event.deltaY > 0)) return
      event.preventDefault()
      if (sideways) scale.pan((event.deltaX || event.deltaY) * unit)
      else scale.zoom(1.0022 ** (event.deltaY * unit), event.offsetX)
      board.changed('view')
    },
    { passive: false },
  )
}

function listenForPointers(board: Board, picture: Picture, canvas: HTMLCanvasElement): void {
  const { scale } = board
  const down = new Map<number, { x: number; readonly startX: number; readonly onAxis: boolean; moved: boolean }>()
  const hover = (event: number): void => {
    if (event === board.hovered) return
    board.hovered = event
    canvas.style.cursor = event >= 0 ? 'pointer' : ''
    board.changed('hovered')
  }
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    canvas.setPointerCapture(event.pointerId)
    const onAxis = event.offsetY < AXIS_PX
    down.set(event.pointerId, { x: event.offsetX, startX: event.offsetX, onAxis, moved: false })
    if (onAxis) board.setMoment(scale.ms(event.offsetX))
  })
  canvas.addEventListener('pointermove', (event) => {
    const pointer = down.get(event.pointerId)
    if (pointer === undefined) {
      if (event.pointerType !== 'touch') hover(pick(board, picture.hasArrows, event.offsetX, event.offsetY))
      return
    }
    pointer.moved ||= Math.abs(event.offsetX - pointer.startX) > CLICK_PX
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1]
    if (pointer.onAxis) board.setMoment(scale.ms(event.offsetX))
    else if (other !== undefined) {
      const before = Math.max(Math.abs(pointer.x - other.x), 10)
      const now = Math.max(Math.abs(event.offsetX - other.x), 10)
      scale.zoom(before / now, (event.offsetX + other.x) / 2)
      scale.pan((pointer.x - event.offsetX) / 2)
      other.moved = true
    } else if (pointer.moved) scale.pan(pointer.x - event.offsetX)
    pointer.x = event.offsetX
    if (!pointer.onAxis && pointer.moved) board.changed('view')
  })
  const release = (event: PointerEvent): void => {
    const pointer = down.get(event.pointerId)
    down.delete(event.pointerId)
    if (pointer === undefined || pointer.moved || pointer.onAxis || event.type === 'pointercancel') return
    const found = pick(board, picture.hasArrows, event.offsetX, event.offsetY)
    board.select(found)
    board.setMoment(found >= 0 ? board.columns.atMs(found) : scale.ms(event.offsetX))
  }
  canvas.addEventListener('pointerup', release)
  canvas.addEventListener('pointercancel', release)
  canvas.addEventListener('pointerleave', () => hover(-1))
  canvas.addEventListener('dblclick', (event) => {
    scale.zoom(1 / (STEP * STEP), event.offsetX)
    board.changed('view')
  })
}

/** Whether the key means something here. */
function pressed(board: Board, key: string, shift: boolean, glide: (fromMs: number, toMs: number) => void): boolean {
  const { scale } = board
  const page = scale.width * (shift ? 0.8 : 0.12)
  switch (key) {
    case 'ArrowLeft':
      scale.pan(-page)
      break
    case 'ArrowRight':
      scale.pan(page)
      break
    case 'ArrowUp':
    case '+':
    case '=':
      scale.zoom(1 / STEP)
      break
    case 'ArrowDown':
    case '-':
      scale.zoom(STEP)
      break
    case 'Home':
      scale.show(0, scale.spanMs)
      break
    case 'End':
      scale.show(scale.wholeMs - scale.spanMs, scale.wholeMs)
      break
    case '0':
      glide(-Infinity, Infinity)
      return true
    case 'v':
      glideToBreak(board, glide)
      return true
    case '.':
    case ',': {
      const event = nextEvent(board, board.selected, key === '.' ? 1 : -1)
      if (event < 0) return true
      bringIntoView(board, event)
      board.select(event)
      board.setMoment(board.columns.atMs(event))
      return true
    }
    case 'Escape':
      board.select(-1)
      return true
    default:
      return false
  }
  board.changed('view')
  return true
}

/** Close enough to the violation to tell messages apart. */
export function glideToBreak({ columns }: Board, glide: (fromMs: number, toMs: number) => void): void {
  const at = columns.run.violation?.atMs
  if (at !== undefined) glide(at - 1500, at + 500)
}
