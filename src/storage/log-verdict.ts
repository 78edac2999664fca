/**
 * What is wrong with a log, and how far it is true, from what its files hold. The rules are those by which a node opens it
 * (FORMAT.md, “Reading it back”); but where a start stops at the first thing that is wrong, this goes on and tells all.
 */

import type { ErrorCode } from '../core/errors.ts'
import type { FileSurvey, Stretch } from './file-survey.ts'
import { encodeHeader, fileName, type SegmentHeader } from './segment.ts'

export interface Place {
  /** By its name. */
  readonly kind: 'checkpoint' | 'segment'
  readonly number: number
}

export interface Damage {
  /** `ERR_LOG_FOREIGN`: somebody else's, or of a newer version; it is whole, as far as can be told. */
  readonly code: Extract<ErrorCode, 'ERR_LOG_DAMAGED' | 'ERR_LOG_FOREIGN'>
  readonly file: string
  readonly offset: number
  /** 0 where something is missing. */
  readonly bytes: number
  /** What is there, or is not: a clause. */
  readonly what: string
}

/** A write that a crash cut short at the end of the log, no damage: the next start cuts it off. */
export interface TornTail {
  readonly file: string
  readonly offset: number
  readonly bytes: number
}

/** Up to where the log is a true state. */
export interface TruePrefix {
  /** A checkpoint, or none, and segments, in order. */
  readonly files: readonly PlacedFile[]
  /** Bytes of the last one that belong to it. */
  readonly end: number
}

export interface LogVerdict {
  /** The files that a start reads, in order. */
  readonly used: readonly PlacedFile[]
  /** In the order of the log. */
  readonly damage: readonly Damage[]
  /** With what is not told one by one. */
  readonly damageCount: number
  readonly torn: TornTail | undefined
  /** `undefined`: nothing of it can be used. */
  readonly prefix: TruePrefix | undefined
}

type PlacedFile = FileSurvey & Place

/** Judges all files of a folder, which are given in the order of their numbers, a checkpoint before its segment. */
export function verdictOf(all: readonly PlacedFile[]): LogVerdict {
  const checkpoint = all.findLast(({ kind }) => kind === 'checkpoint')
  const used = chainOf(all, checkpoint)
  const found = new Chain(all).walk(used)
  // Where the latest checkpoint is of no use, what it stands for may still be there.
  let { prefix } = found
  const older = all.filter((file) => file.kind === 'checkpoint' && file !== checkpoint)
  for (const base of [...older.reverse(), undefined]) {
    if (checkpoint === undefined) break
    prefix ??= new Chain(all).walk(chainOf(all, base)).prefix
  }
  return { used, ...found, prefix }
}

/** Judges one file by itself: whether a checkpoint has the log that it needs is not asked. */
export function verdictOfFile(file: PlacedFile): LogVerdict {
  return { used: [file], ...new Chain([file]).walk([file], true) }
}

/** What a start reads that begins at this checkpoint, or at the beginning of the log. */
function chainOf(all: readonly PlacedFile[], checkpoint: PlacedFile | undefined): readonly PlacedFile[] {
  const first = checkpoint?.number ?? 1
  const segments = all.filter(({ kind, number }) => kind === 'segment' && number >= first)
  // A crash may leave last segments without their headers, or without the checkpoints that they belong to.
  for (let last = segments.pop(); last !== undefined; last = segments.pop()) {
    if (segments.length > 0 && last.number !== first && isUnfinished(last, all)) continue
    segments.push(last)
    break
  }
  return checkpoint === undefined ? segments : [checkpoint, ...segments]
}

function isUnfinished(segment: PlacedFile, all: readonly PlacedFile[]): boolean {
  const { header } = segment
  return header.kind === 'header' ? header.header.kind === 'successor' : hasNoRoomForRecords(segment, all)
}

/** Whether the file is no longer than its header. */
function hasNoRoomForRecords({ bytes, number }: PlacedFile, all: readonly PlacedFile[]): boolean {
  const owner = ownerOf(all) ?? { cluster: '', name: '' }
  return bytes <= encodeHeader(owner, { kind: 'segment', number, base: 0, salt: 0 }).length
}

function ownerOf(all: readonly PlacedFile[]): SegmentHeader | undefined {
  for (const { header } of all) if (header.kind === 'header') return header.header
  return undefined
}

type Found = Omit<LogVerdict, 'used'>

/** One walk along the files of a log. */
class Chain {
  readonly #all: readonly PlacedFile[]
  readonly #owner: SegmentHeader | undefined
  readonly #damage: Damage[] = []
  #damageCount = 0
  #torn: TornTail | undefined
  /** Where the next segment must begin; `undefined` behind one whose place is not known. */
  #position: number | undefined = 0
  #salt: number | undefined
  /** The checkpoint is true only with the log up to here. */
  #through = 0
  /** Of the segment that may be of no use without a checkpoint. */
  #successor: number | undefined
  readonly #kept: PlacedFile[] = []
  /** Nothing behind here belongs to the true prefix. */
  #isCut = false
  #end = 0
  #endPosition = 0

  constructor(all: readonly PlacedFile[]) {
    this.#all = all
    this.#owner = ownerOf(all)
  }

  walk(files: readonly PlacedFile[], isAlone = false): Found {
    const checkpoint = files[0]?.kind === 'checkpoint' ? files[0] : undefined
    const segments = checkpoint === undefined ? files : files.slice(1)
    if (checkpoint !== undefined) this.#meetCheckpoint(checkpoint)
    this.#successor = isAlone ? segments[0]?.number : checkpoint?.number
    if (isAlone) this.#position = undefined
    let expected = isAlone ? segments[0]?.number : (checkpoint?.number ?? 1)
    for (const [at, segment] of segments.entries()) {
      if (segment.number !== expected) {
        this.#cutAt(fileName('segment', expected ?? 1), 0, 0, 'the segment is missing, and there are later ones')
        this.#position = undefined
      }
      this.#meetSegment(segment, at === segments.length - 1)
      expected = segment.number + 1
    }
    if (!isAlone) this.#judgeThrough(files.at(-1))
    const isUsable = this.#kept.length > 0 && this.#through <= this.#endPosition
    return {
      damage: this.#damage,
      damageCount: this.#damageCount,
      torn: this.#torn,
      prefix: isUsable ? { files: this.#kept, end: this.#end } : undefined,
    }
  }

  #meetCheckpoint(file: PlacedFile): void {
    const header = this.#headerOf(file)
    if (header === undefined) {
      this.#position = undefined
      return
    }
    this.#position = header.base
    this.#salt = header.salt
    if (file.stretchCount > 0) this.#tellStretches(file)
    else if (file.through === undefined) this.#cutAt(file.name, file.bytes, 0, 'the end of the checkpoint is missing')
    else {
      this.#through = file.through
      this.#keep(file, file.bytes, header.base)
    }
  }

  #meetSegment(file: PlacedFile, isLast: boolean): void {
    if (isLast && this.#isUnmade(file)) {
      if (file.bytes > 0) this.#torn = { file: file.name, offset: 0, bytes: file.bytes }
      return
    }
    const header = this.#headerOf(file)
    if (header === undefined) {
      this.#position = undefined
      return
    }
    const { base, headerBytes } = header
    this.#salt ??= header.salt
    if (header.salt !== this.#salt) this.#cutAt(file.name, 0, file.bytes, 'it belongs to another log of this node')
    else if (this.#position !== undefined && base !== this.#position) {
      const what = `it begins at position ${base}, and what is before ends at ${this.#position}`
      this.#cutAt(file.name, 0, file.bytes, what)
    }
    const [bad] = file.stretches
    const endOf = (offset: number): number => base + offset - headerBytes
    this.#position = endOf(file.bytes)
    if (bad === undefined) {
      this.#keep(file, file.bytes, this.#position)
      return
    }
    this.#keep(file, bad.offset, endOf(bad.offset))
    if (isLast && this.#isTorn(file, bad, endOf(bad.offset))) {
      this.#torn = { file: file.name, offset: bad.offset, bytes: file.bytes - bad.offset }
      this.#position = endOf(bad.offset)
    } else this.#tellStretches(file)
  }

  /** Whether a crash stopped the making of the last segment, so that the next start makes it again. */
  #isUnmade(file: PlacedFile): boolean {
    const { kind } = file.header
    if (!hasNoRoomForRecords(file, this.#all) || this.#through > (this.#position ?? 0)) return false
    return kind === 'broken' || (kind === 'strange' && file.number > 1)
  }

  /** Nothing behind the bad stretch says that it was synced before. */
  #isTorn(file: PlacedFile, bad: Stretch, position: number): boolean {
    return bad.kind === 'broken' && file.behind.synced <= position && this.#through <= position
  }

  #judgeThrough(last: PlacedFile | undefined): void {
    if (this.#position === undefined || this.#through <= this.#position || this.#damageCount > 0) return
    const what = 'the log ends here, and the checkpoint needs more of it'
    this.#cutAt(last?.name ?? '', last?.bytes ?? 0, 0, what)
  }

  /** A header that belongs here; else what is wrong was told. */
  #headerOf(file: PlacedFile): SegmentHeader | undefined {
    const { header: read, name, bytes, kind, number } = file
    switch (read.kind) {
      case 'foreign':
        this.#cutAt(name, 0, bytes, `it ${read.because}`, 'ERR_LOG_FOREIGN')
        return undefined
      case 'strange':
        // Among files of a node it is one of them. By itself it may be anybody's.
        if (this.#owner === undefined) this.#cutAt(name, 0, bytes, 'it is not a log of hearsay', 'ERR_LOG_FOREIGN')
        else this.#cutAt(name, 0, bytes, 'its header is not valid')
        return undefined
      case 'broken':
        this.#cutAt(name, 0, bytes, 'its header is not valid')
        return undefined
      case 'header': {
        const { header } = read
        if (header.cluster !== this.#owner?.cluster || header.name !== this.#owner.name) {
          const what = `it belongs to node "${header.name}" of cluster "${header.cluster}"`
          this.#cutAt(name, 0, bytes, what, 'ERR_LOG_FOREIGN')
          return undefined
        }
        const isRight = header.kind === kind || (header.kind === 'successor' && number === this.#successor)
        if (header.number === number && isRight) return header
        this.#cutAt(name, 0, bytes, `inside, it is ${header.kind} ${header.number}`)
        return undefined
      }
    }
  }

  #tellStretches(file: PlacedFile): void {
    for (const { offset, bytes, kind } of file.stretches) {
      if (kind === 'unknown') {
        const what = 'a record that only a newer version of hearsay can read'
        this.#cutAt(file.name, offset, bytes, what, 'ERR_LOG_FOREIGN')
      } else if (kind === 'nonsense') {
        this.#cutAt(file.name, offset, bytes, 'a record with a valid checksum that does not hold what it should')
      } else {
        const isEnd = offset + bytes === file.bytes
        this.#cutAt(file.name, offset, bytes, isEnd ? 'not a record, to the end of the file' : 'not a record')
      }
    }
    this.#damageCount += file.stretchCount - file.stretches.length
  }

  #keep(file: PlacedFile, end: number, position: number): void {
    if (this.#isCut) return
    this.#kept.push(file)
    this.#end = end
    this.#endPosition = position
  }

  #cutAt(file: string, offset: number, bytes: number, what: string, code: Damage['code'] = 'ERR_LOG_DAMAGED'): void {
    this.#isCut = true
    this.#damageCount += 1
    this.#damage.push({ code, file, offset, bytes, what })
  }
}
