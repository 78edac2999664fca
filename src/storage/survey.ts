/**
 * Reads a folder's log from end to end, past what is damaged, and tells all that is wrong and how far it is true. It
 * changes nothing, so a node may use the folder meanwhile. What counts as damage is judged in `log-verdict.ts`.
 */

import { compareVersions, type Version } from '../core/entry.ts'
import type { Disk, SystemError } from '../core/ports.ts'
import { type FileSurvey, surveyFile } from './file-survey.ts'
import { type LogVerdict, type Place, verdictOf, verdictOfFile } from './log-verdict.ts'
import { fileName, fileNumber, type Owner } from './segment.ts'

export interface LogFileSurvey extends FileSurvey, Place {
  /** Whether a start reads it. One that it does not read is removed then. */
  readonly isUsed: boolean
}

export interface LogSurvey extends Omit<LogVerdict, 'used'> {
  readonly owner: Owner | undefined
  /** In the order of the log. */
  readonly files: readonly LogFileSurvey[]
  /** Of the files used: those that are valid. */
  readonly records: number
  readonly kinds: Readonly<Record<string, number>>
  /** The least and the greatest version of an entry. */
  readonly first: Version | undefined
  readonly last: Version | undefined
  /** Of all files. */
  readonly bytes: number
}

/** `name`: of the file that could not be read. Neither an error nor a survey: there is no log. */
export type SurveyDone = (error: SystemError | undefined, survey: LogSurvey | undefined, name?: string) => void

export function surveyLog(disk: Disk, done: SurveyDone): void {
  disk.list((error, names) => {
    if (error !== undefined) return done(error, undefined)
    const places = names.flatMap(placesOf).sort((a, b) => a.number - b.number || (a.kind === 'checkpoint' ? -1 : 1))
    const files: (FileSurvey & Place)[] = []
    const next = (): void => {
      const place = places[files.length]
      if (place === undefined) {
        done(undefined, files.length === 0 ? undefined : sumUp(files, verdictOf(files)))
        return
      }
      const name = fileName(place.kind, place.number)
      surveyFile(disk, name, (failed, file) => {
        if (file === undefined) return done(failed, undefined, name)
        files.push({ ...file, ...place })
        next()
      })
    }
    next()
  })
}

/** The same for one file by itself, whatever it is called: a backup, a segment, a checkpoint. */
export function surveyLogFile(disk: Disk, name: string, done: SurveyDone): void {
  surveyFile(disk, name, (error, file) => {
    if (file === undefined) return done(error, undefined, name)
    const { header } = file
    const isCheckpoint = header.kind === 'header' && header.header.kind === 'checkpoint'
    const number = header.kind === 'header' ? header.header.number : 1
    const placed = { ...file, kind: isCheckpoint ? 'checkpoint' : 'segment', number } as const
    done(undefined, sumUp([placed], verdictOfFile(placed)))
  })
}

function placesOf(name: string): Place[] {
  return (['checkpoint', 'segment'] as const).flatMap((kind) => {
    const number = fileNumber(kind, name)
    return number === undefined ? [] : [{ kind, number }]
  })
}

function sumUp(all: readonly (FileSurvey & Place)[], { used, ...verdict }: LogVerdict): LogSurvey {
  const header = all.map((file) => file.header).find(({ kind }) => kind === 'header')
  const kinds: Record<string, number> = {}
  let first: Version | undefined
  let last: Version | undefined
  for (const file of used) {
    for (const [kind, count] of Object.entries(file.kinds)) kinds[kind] = (kinds[kind] ?? 0) + count
    if (file.first !== undefined && (first === undefined || compareVersions(file.first, first) < 0)) first = file.first
    if (file.last !== undefined && (last === undefined || compareVersions(file.last, last) > 0)) last = file.last
  }
  const owner = header?.kind === 'header' ? header.header : undefined
  return {
    ...verdict,
    owner: owner && { cluster: owner.cluster, name: owner.name },
    files: all.map((file) => ({ ...file, isUsed: used.includes(file) })),
    records: used.reduce((sum, { records }) => sum + records, 0),
    kinds,
    first,
    last,
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}
