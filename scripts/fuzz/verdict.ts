/**
 * What is right to find in a folder whose bytes have changed: the log's true beginning, exactly; behind it, of what was
 * set aside, true records only; and nothing lost without a word. A refusal says which of two things is wrong, and has
 * changed nothing.
 */

import { HearsayError } from '../../src/core/errors.ts'
import type { LogRecord } from '../../src/core/record.ts'
import type { Image, MemoryDisk } from './memory-disk.ts'
import { type Opening, openAll } from './opening.ts'
import { isSameBytes, isSameRecord } from './same-record.ts'
import type { TrueLog } from './true-log.ts'

/** What became of a folder. */
export interface Outcome {
  readonly kind: 'refused' | 'whole' | 'torn' | 'damaged'
  readonly code?: string
  /** Records in the true beginning. */
  readonly prefix: number
  /** Indexes of those that were salvaged, in order. */
  readonly salvaged: readonly number[]
}

/** A word on what is wrong. */
export class Wrong extends Error {}

/** Codes with which a log may be refused when no disk fails. */
const REFUSALS: ReadonlySet<string> = new Set(['ERR_LOG_DAMAGED', 'ERR_LOG_FOREIGN'])
/**
 * A reader looks at a file a few times: for its header, to check it, to read it, to survey it, to copy it, to salvage.
 */
const READS_MAX = 20
/** Asked for at a time, however short the file is. */
const READ_BYTES_MAX = 1 << 20

export interface Judging {
  /** This record of the list may be another: it was changed together with its checksum. */
  readonly forged?: number
  /** Called with what stands there now. */
  onForged?(record: LogRecord): void
}

/** Opens `image`, which was `truth.image` before. Throws `Wrong`, and whatever the code under test throws. */
export function openJudged(
  image: Image,
  truth: TrueLog,
  judging: Judging = {},
): { outcome: Outcome; opening: Opening } {
  const opening = openAll(image, truth)
  checkReads(image, opening.disk)
  return { outcome: judge(image, opening, truth, judging), opening }
}

export function checkReads(image: Image, disk: MemoryDisk): void {
  let bytes = 0
  for (const file of image.values()) bytes += file.length
  if (disk.bytesRead > READS_MAX * bytes) throw new Wrong(`${disk.bytesRead} bytes were read of a folder of ${bytes}`)
  if (disk.askedMax > Math.max(READ_BYTES_MAX, bytes))
    throw new Wrong(`${disk.askedMax} bytes were asked for at a time`)
}

function judge(image: Image, opening: Opening, truth: TrueLog, { forged = -1, onForged }: Judging): Outcome {
  const { list } = truth
  const { error, records, report, isOver, log } = opening
  if (!isOver) throw new Wrong('opening never ends')
  if (error !== undefined) return refused(image, opening)
  if (log === undefined || report === undefined) throw new Wrong('opened without a log')
  if (records.length > list.length) throw new Wrong('more records than were ever written')
  for (const [i, record] of records.entries()) {
    if (i === forged) onForged?.(record)
    else if (!isSameRecord(record, list[i]?.record ?? record)) throw new Wrong(`record ${i} is not what was written`)
  }
  const prefix = records.length
  if (prefix > 0 && prefix < truth.needed) throw new Wrong(`${prefix} records without those that the checkpoint needs`)
  const salvaged = salvagedOf(opening.salvaged, truth, forged, onForged)
  if (report.setAside === 0 && salvaged.length > 0) throw new Wrong('salvaged from nothing')
  // There may be files that were set aside before.
  if (report.tornBytes > 0) return { kind: 'torn', prefix, salvaged }
  if (report.setAside > 0) return { kind: 'damaged', prefix, salvaged }
  if (opening.warnings.length > 0) return { kind: 'torn', prefix, salvaged }
  return { kind: 'whole', prefix, salvaged }
}

function refused(image: Image, { error, disk }: Opening): Outcome {
  if (!(error instanceof HearsayError) || !REFUSALS.has(error.code)) throw error
  if (!/start the node again/.test(error.message)) {
    const after = disk.image()
    for (const [name, bytes] of image)
      if (!isSameBytes(bytes, after.get(name))) throw new Wrong(`refused with ${error.code}, and ${name} has changed`)
  }
  return { kind: 'refused', code: error.code, prefix: 0, salvaged: [] }
}

/** Where each stands in the list. They come in the order of the log but for files that were named anew. */
function salvagedOf(
  salvaged: readonly LogRecord[],
  { list }: TrueLog,
  forged: number,
  onForged?: (record: LogRecord) => void,
): number[] {
  let at = 0
  return salvaged.map((record) => {
    const same = (from: number, to: number): number => {
      for (let i = from; i < to; i++) {
        const { record: mine } = list[i] ?? { record }
        if (i !== forged && mine.kind === record.kind && isSameRecord(mine, record)) return i
      }
      return -1
    }
    const found = Math.max(same(at, list.length), -1)
    const index = found >= 0 ? found : same(0, at)
    if (index < 0 && forged >= 0) {
      onForged?.(record)
      return forged
    }
    if (index < 0) throw new Wrong(`a ${record.kind} record was salvaged that nobody wrote`)
    at = index + 1
    return index
  })
}

/** No record whose bytes are where they were and as they were is gone without a word. */
export function checkLosses(
  image: Image,
  { kind, prefix, salvaged }: Outcome,
  { list }: TrueLog,
  original: Image,
): void {
  if (kind !== 'whole' && kind !== 'damaged') return
  const kept = new Set(salvaged)
  for (const [i, { file, offset, end }] of list.entries()) {
    if (i < prefix || kept.has(i)) continue
    const bytes = image.get(file)?.subarray(offset, end)
    const isUnharmed = isSameBytes(bytes, original.get(file)?.subarray(offset, end))
    if (isUnharmed) throw new Wrong(`record ${i} in ${file} at ${offset} is unharmed, and was lost (${kind})`)
  }
}

/**
 * Goes on from what was opened: a record more, and a start from what is on the disk then. It finds the same, and that
 * record too.
 */
export function checkGoingOn(opening: Opening, truth: TrueLog): void {
  const { disk, log, records, salvaged } = opening
  const more: LogRecord = { kind: 'floor', floor: 1 }
  log?.append(1, more)
  let isClosed = false
  log?.close((error) => {
    isClosed = error === undefined
  })
  disk.run(() => isClosed)
  if (!isClosed) throw new Wrong('the log does not close')
  const again = openAll(disk.image(), truth)
  if (again.error !== undefined) throw new Wrong(`the next start is refused: ${again.error}`)
  checkSame('records', again.records, [...records, more])
  checkSame('salvaged records', again.salvaged, salvaged)
}

function checkSame(what: string, found: readonly LogRecord[], expected: readonly LogRecord[]): void {
  const isSame = found.length === expected.length && found.every((each, i) => isSameRecord(each, expected[i] ?? each))
  if (!isSame) throw new Wrong(`the next start finds other ${what}: ${found.length}, and not ${expected.length}`)
}
