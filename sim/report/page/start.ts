/**
 * Where the page begins: unpacks the recording that stands in it, lays out the board, and starts whoever shows it. The
 * last of the page's modules; nothing imports it.
 */

import { Board } from './board.ts'
import { Columns, type PackedRecording } from './columns.ts'
import { Detail } from './detail.ts'
import { byId } from './dom.ts'
import { listenForGestures } from './gestures.ts'
import { Lanes } from './lanes.ts'
import { Moment } from './moment.ts'
import { Overview } from './overview.ts'
import { Picture } from './picture.ts'
import { glider, listenToControls } from './toolbar.ts'
import { TraceList } from './trace-list.ts'

async function unpack(text: string): Promise<PackedRecording> {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return new Response(inflated).json()
}

async function start(): Promise<void> {
  const columns = new Columns(await unpack(byId('packed', HTMLElement).textContent ?? ''))
  byId('report', HTMLElement).hidden = false
  byId('waiting', HTMLElement).hidden = true
  const board = new Board(columns, new Lanes(columns))
  const picture = new Picture(board)
  new Overview(board, picture)
  const glide = glider(board)
  listenForGestures(board, picture, glide)
  listenToControls(board, glide)
  new Detail(board)
  new Moment(board)
  new TraceList(board)
  new ResizeObserver(() => board.changed('size')).observe(byId('stage', HTMLElement))
  document.documentElement.dataset.ready = 'yes'
}

start().catch((error: unknown) => {
  byId('waiting', HTMLElement).textContent = `This report cannot be shown here: ${String(error)}`
  throw error
})
