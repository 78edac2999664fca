/**
 * The visible events of the window, sorted by how they are drawn: messages, marks and calls, and of each what stands out
 * apart from the rest. Made once for each drawing.
 */

import type { Board } from './board.ts'

/** How long a lost frame is drawn for. */
export const LOST_MS = 14

/** Rows of the columns, in order of time. */
export interface InWindow {
  readonly frames: readonly number[]
  readonly litFrames: readonly number[]
  readonly marks: readonly number[]
  readonly litMarks: readonly number[]
  readonly calls: readonly number[]
}

export function eventsInWindow(board: Board): InWindow {
  const { columns, scale } = board
  const [frames, litFrames, marks, litMarks, calls]: [number[], number[], number[], number[], number[]] = [
    [],
    [],
    [],
    [],
    [],
  ]
  columns.within(scale.fromMs, scale.toMs, (i) => {
    if (!board.isVisible(i)) return
    switch (columns.kind(i)) {
      case 'frame':
        if (columns.endMs(i) >= scale.fromMs || columns.atMs(i) >= scale.fromMs - LOST_MS)
          (board.isLit(i) ? litFrames : frames).push(i)
        return
      case 'call':
        if (columns.endMs(i) >= scale.fromMs || columns.atMs(i) >= scale.fromMs) calls.push(i)
        return
      case 'write':
      case 'shown':
      case 'note':
        if (columns.atMs(i) >= scale.fromMs) (board.isLit(i) ? litMarks : marks).push(i)
        return
      case 'fault':
      case 'process':
      case 'state':
        return
    }
  })
  return { frames, litFrames, marks, litMarks, calls }
}
