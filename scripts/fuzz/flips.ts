/**
 * One bit of a log is another: each bit of each file in turn. What a start must then find is known to the record: all
 * before the one that was hit, and of what lies behind all but that one, salvaged; unless nothing says that it was ever
 * synced, which is a torn tail. Each bit is looked at by the reader of records; of the whole folder, each `every`-th.
 */

import { FileWindow } from '../../src/storage/file-window.ts'
import { RecordDecoder } from '../../src/storage/record-decoder.ts'
import { replaySegment } from '../../src/storage/segment-replay.ts'
import { MemoryDisk } from './memory-disk.ts'
import { Tally } from './tally.ts'
import { type TrueLog, type TrueRecord, writeTrueLog } from './true-log.ts'
import type { Outcome } from './verdict.ts'
import { checkGoingOn, checkLosses, openJudged, Wrong } from './verdict.ts'

export interface FlipOptions {
  /** Where it is counted. */
  readonly tally?: Tally
  readonly seed: number
  /** Of the checkpoint, about, and of the segments behind it. */
  readonly halfBytes: number
  /** The whole folder is opened for each so many-th bit. */
  readonly every: number
  /** The first of them, from 0. */
  readonly from: number
  /** Ends after so many, from there on. */
  readonly count: number
  /** Of so many parts of the work, this one. */
  readonly part: number
  readonly parts: number
  readonly onCase?: (bit: number) => void
}

/** Of the openings, each so many-th is gone on from. */
const GO_ON_EVERY = 61

export function flips(options: FlipOptions): Tally {
  const { seed, halfBytes, every, from, count, part, parts, tally = new Tally() } = options
  const truth = writeTrueLog({ seed, halfBytes })
  const replay = (bit: number): string =>
    `npm run fuzz -- log flips --seed ${seed} --bytes ${2 * halfBytes} --from ${bit} --count 1`
  let bit = 0
  let opened = 0
  const run = (file: string, hit: Hit, at: number, mask: number): void => {
    const here = bit++
    if (here < from || here >= from + count || here % parts !== part) return
    options.onCase?.(here)
    if (hit !== 'header')
      tally.try(
        () => replay(here),
        () => readOne(truth, hit, at, mask),
      )
    if (Math.floor((here - from) / parts) % every !== 0) return
    const isGoneOnFrom = opened++ % GO_ON_EVERY === 0
    tally.try(
      () => replay(here),
      () => openOne(truth, file, hit, at, mask, isGoneOnFrom),
    )
  }
  for (const file of truth.files) {
    for (let at = 0; at < truth.headerBytes * 8; at++) run(file, 'header', at >> 3, 1 << (at & 7))
    for (const record of truth.list) {
      if (record.file !== file) continue
      for (let at = record.offset * 8; at < record.end * 8; at++) run(file, record, at >> 3, 1 << (at & 7))
    }
  }
  return tally
}

type Hit = TrueRecord | 'header'

function flipped(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ mask
  return copy
}

/** The record alone in a file, at its own position: no reader may take it for one. */
function readOne(
  { image, list }: TrueLog,
  { file, offset, end, position }: TrueRecord,
  at: number,
  mask: number,
): string {
  const bytes = flipped((image.get(file) ?? new Uint8Array()).subarray(offset, end), at - offset, mask)
  const disk = new MemoryDisk(new Map([['one', bytes]]))
  let kind = 'nothing'
  disk.open('one', false, (_, opened) => {
    if (opened === undefined) return
    const window = new FileWindow(opened)
    const taken = (): never => {
      throw new Wrong('a record with a wrong bit was taken')
    }
    const header = { headerBytes: 0, base: position, salt: saltOf(image.get(list[0]?.file ?? '')) }
    window.move(0, 0, () => replaySegment(window, header, new RecordDecoder(), taken, (ended) => (kind = ended.kind)))
  })
  disk.run(() => false)
  if (kind !== 'broken') throw new Wrong(`a record with a wrong bit ends as ${kind}`)
  return 'records alone: not taken'
}

function saltOf(bytes: Uint8Array | undefined): number {
  return Buffer.from(bytes ?? new Uint8Array(29)).readUInt32LE(25)
}

function openOne(truth: TrueLog, file: string, hit: Hit, at: number, mask: number, isGoneOnFrom: boolean): string {
  const image = new Map(truth.image).set(file, flipped(truth.image.get(file) ?? new Uint8Array(), at, mask))
  const { outcome, opening } = openJudged(image, truth)
  if (outcome.kind === 'refused') {
    // What was handed over is no beginning of what is there then: the next start must find that.
    const next = openJudged(opening.disk.image(), truth)
    check(next.outcome, truth, file, hit)
    return 'folders: set aside, and opened at the next start'
  }
  check(outcome, truth, file, hit)
  checkLosses(image, outcome, truth, truth.image)
  if (isGoneOnFrom) checkGoingOn(opening, truth)
  return `folders: ${outcome.kind}${outcome.prefix === 0 ? ', all salvaged' : ''}`
}

function check(outcome: Outcome, truth: TrueLog, file: string, hit: Hit): void {
  const { kind, prefix, salvaged } = outcome
  const expected = expectedOf(truth, file, hit)
  if (kind !== expected.kind) throw new Wrong(`it is ${kind}, and should be ${expected.kind}`)
  if (prefix !== expected.prefix) throw new Wrong(`${prefix} records, and should be ${expected.prefix}`)
  const isSame =
    salvaged.length === expected.salvaged.length && salvaged.every((one, i) => one === expected.salvaged[i])
  if (!isSame) throw new Wrong(`${salvaged.length} records were salvaged, and should be ${expected.salvaged.length}`)
}

/** By FORMAT.md, “Reading it back”. */
function expectedOf({ list, files, needed }: TrueLog, file: string, hit: Hit): Outcome {
  const first = hit === 'header' ? list.findIndex((each) => each.file === file) : list.indexOf(hit)
  if (hit !== 'header' && file === files.at(-1) && first >= needed) {
    const isTold = list.slice(first + 1).some(({ synced }) => synced > hit.position)
    if (!isTold) return { kind: 'torn', prefix: first, salvaged: [] }
  }
  const prefix = first >= needed ? first : 0
  const behind = list.map((_, i) => i).filter((i) => i >= prefix && (hit === 'header' || i !== first))
  return { kind: 'damaged', prefix, salvaged: behind }
}
