/**
 * Takes out of a log what is no part of its true prefix, and deletes nothing: whole files get another name, and the end of
 * a file is copied to one of its own, and synced there, before it is cut off. So whatever stops it half way, every byte is
 * still in the folder, and doing it again finishes it. Afterwards a node opens the log.
 */

import type { Disk, DiskFile, Done, SystemError } from '../core/ports.ts'
import type { LogVerdict, TruePrefix } from './log-verdict.ts'
import type { LogSurvey } from './survey.ts'

/** How the names of files begin that were set aside. */
export const SET_ASIDE = 'set-aside-'
/** The same, of files of which all that counts is in the log again. */
export const SALVAGED = 'salvaged-'
/** Copied at one time. */
const SLICE_BYTES: number = 1024 * 1024

/** What was set aside, and where it is now. */
export interface SetAside {
  /** Where it was, and from which offset on. */
  readonly file: string
  readonly offset: number
  readonly as: string
  readonly bytes: number
  /** Valid ones in it. */
  readonly records: number
}

export type SetAsideDone = (error: SystemError | undefined, moved: readonly SetAside[]) => void

/** Gives all files that were set aside names under which nobody reads them any more, and says which. */
export function retireSetAside(
  disk: Disk,
  done: (error: SystemError | undefined, names: readonly string[]) => void,
): void {
  disk.list((error, names) => {
    if (error !== undefined) return done(error, [])
    const taken = new Set(names)
    const renamed: string[] = []
    const next = ([from, ...rest]: readonly string[]): void => {
      if (from === undefined) {
        disk.syncFolder((folderError) => done(folderError, renamed))
        return
      }
      const to = freeName(SALVAGED + from.slice(SET_ASIDE.length), taken)
      taken.add(to)
      disk.rename(from, to, (renameError) => {
        if (renameError !== undefined) {
          done(renameError, renamed)
          return
        }
        renamed.push(to)
        next(rest)
      })
    }
    next(names.filter((name) => name.startsWith(SET_ASIDE)))
  })
}

/** Does nothing to a log in which nothing is damaged. The folder is held by nobody else, and `survey` is of this moment. */
export function setAside(disk: Disk, survey: LogSurvey, done: SetAsideDone): void {
  if (survey.damageCount === 0) {
    done(undefined, [])
    return
  }
  disk.list((error, names) => {
    if (error !== undefined) return done(error, [])
    new Setting(disk, planOf(survey, new Set(names)), done).next()
  })
}

function planOf(
  { files, prefix }: Pick<LogSurvey, 'files'> & Pick<LogVerdict, 'prefix'>,
  taken: Set<string>,
): SetAside[] {
  const kept = new Set(prefix?.files.map(({ name }) => name))
  const first = prefix?.files[0]?.number ?? 0
  const plan: SetAside[] = []
  const add = (file: string, offset: number, bytes: number, records: number): void => {
    const as = freeName(`${SET_ASIDE}${file}-${offset}`, taken)
    taken.add(as)
    plan.push({ file, offset, as, bytes, records })
  }
  const cut = cutOf(prefix)
  if (cut !== undefined) add(cut.name, cut.end, cut.bytes - cut.end, cut.records)
  // Those before are what a checkpoint stands for, and go at the next start.
  for (const { name, number, bytes, records } of files)
    if (number >= first && !kept.has(name)) add(name, 0, bytes, records)
  return plan
}

/** The end of a file of which only the beginning is true. */
function cutOf(
  prefix: TruePrefix | undefined,
): { name: string; end: number; bytes: number; records: number } | undefined {
  const last = prefix?.files.at(-1)
  if (prefix === undefined || last === undefined || prefix.end >= last.bytes) return undefined
  return { name: last.name, end: prefix.end, bytes: last.bytes, records: last.behind.records }
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name}-${n}`
  return free
}

class Setting {
  readonly #disk: Disk
  readonly #plan: readonly SetAside[]
  readonly #done: SetAsideDone
  #count = 0

  constructor(disk: Disk, plan: readonly SetAside[], done: SetAsideDone) {
    this.#disk = disk
    this.#plan = plan
    this.#done = done
  }

  next(): void {
    const step = this.#plan[this.#count]
    if (step === undefined) {
      this.#disk.syncFolder((error) => this.#done(error, this.#plan))
      return
    }
    const stepped = (error: SystemError | undefined): void => {
      if (error === undefined) {
        this.#count += 1
        this.next()
      } else this.#done(error, this.#plan.slice(0, this.#count))
    }
    if (step.offset === 0) this.#disk.rename(step.file, step.as, stepped)
    else this.#cut(step, stepped)
  }

  #cut({ file, offset, as }: SetAside, done: Done): void {
    this.#withFile(file, false, done, (source, leave) => {
      const copied = (error: SystemError | undefined): void => {
        if (error !== undefined) {
          leave(error)
          return
        }
        this.#disk.syncFolder((folderError) => {
          if (folderError !== undefined) return leave(folderError)
          source.truncate(offset, (cutError) => (cutError === undefined ? source.sync(leave) : leave(cutError)))
        })
      }
      this.#withFile(as, true, copied, (target, close) => copy(source, offset, target, close))
    })
  }

  #withFile(name: string, create: boolean, done: Done, use: (file: DiskFile, leave: Done) => void): void {
    this.#disk.open(name, create, (error, file) => {
      if (error !== undefined || file === undefined) return done(error)
      use(file, (failed) => file.close((closeError) => done(failed ?? closeError)))
    })
  }
}

/** Copies from `offset` to the end, and syncs the copy. */
function copy(source: DiskFile, offset: number, target: DiskFile, done: Done): void {
  const at = (copied: number): void =>
    source.read(offset + copied, SLICE_BYTES, (error, bytes) => {
      if (error !== undefined) return done(error)
      if (bytes.length === 0) return target.sync(done)
      target.write(copied, [bytes], (writeError) =>
        writeError === undefined ? at(copied + bytes.length) : done(writeError),
      )
    })
  at(0)
}
