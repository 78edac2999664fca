/** A log in words for people, and as one object for programs. Whoever wrote a log chose its names: they are spelled out. */

import { unixMsFromHlc } from '../core/clock.ts'
import type { Version } from '../core/entry.ts'
import type { AsideFile, LogInspection, LogLook, LogSurvey } from '../node/log-tools.ts'
import { count, moment, plain } from './style.ts'

export function logJson(survey: LogSurvey | LogLook | LogInspection): object {
  const { owner, files, records, kinds, first, last, bytes, damage, damageCount, torn } = survey
  const beside = 'aside' in survey ? { aside: survey.aside.map(asideJson) } : {}
  const live = 'liveBytes' in survey ? { liveBytes: survey.liveBytes, deadBytes: deadBytes(survey) } : {}
  return {
    cluster: owner?.cluster,
    name: owner?.name,
    bytes,
    ...live,
    records,
    kinds,
    first: first && versionJson(first),
    last: last && versionJson(last),
    files: files.map(({ name, kind, bytes, records, isUsed }) => ({ name, kind, bytes, records, used: isUsed })),
    torn,
    damage,
    damageCount,
    ...beside,
  }
}

function asideJson({ name, bytes, isTakenBack }: AsideFile): object {
  return { name, bytes, takenBack: isTakenBack }
}

function versionJson({ time, origin }: Version): object {
  return { time, unixMs: unixMsFromHlc(time), origin }
}

/** Never below 0: a checkpoint of a small log may take more than the log does. */
function deadBytes({ bytes, liveBytes }: LogInspection): number {
  return Math.max(0, bytes - liveBytes)
}

/** `whole: 1,234 records in 1 checkpoint and 3 segments, 45,678 bytes`. */
export function wholeLine(survey: LogSurvey): string {
  const { torn } = survey
  const text = `whole: ${count(survey.records, 'record')} in ${filesWords(survey)}, ${count(survey.bytes, 'byte')}`
  return torn === undefined ? text : `${text}; ${tornWords(torn)}, which the next start cuts off`
}

/** What a crash left of a log that is whole, and the next start removes or makes anew: no damage. */
export function unusedWords({ files, torn }: LogSurvey): string {
  const all = files
    .filter(({ name, bytes, isUsed }) => !isUsed || (bytes === 0 && torn?.file !== name))
    .map(({ name, bytes, isUsed }) =>
      isUsed
        ? `${name} is empty: the next start makes it anew`
        : `${name}, ${count(bytes, 'byte')}, is not used: the next start removes it`,
    )
  const more = all.length > UNUSED_SHOWN ? [`and ${count(all.length - UNUSED_SHOWN, 'more file')} so`] : []
  return [...all.slice(0, UNUSED_SHOWN), ...more].map((words) => `; ${words}`).join('')
}

/** Of files that are not used; more are counted. */
const UNUSED_SHOWN = 8

export function asideLines({ aside }: LogLook): string[] {
  return aside.map(({ name, bytes, isTakenBack }) => `${name}, ${count(bytes, 'byte')}: ${asideWords(isTakenBack)}`)
}

function asideWords(isTakenBack: boolean): string {
  return isTakenBack ? 'taken back, may be deleted' : 'waits to be taken back'
}

function tornWords({ file, offset, bytes }: NonNullable<LogSurvey['torn']>): string {
  return `a write that was cut short ends it, ${count(bytes, 'byte')} in ${file} at offset ${offset}`
}

function filesWords({ files }: LogSurvey): string {
  const used = files.filter(({ isUsed }) => isUsed)
  const checkpoints = used.filter(({ kind }) => kind === 'checkpoint').length
  const segments = count(used.length - checkpoints, 'segment')
  if (checkpoints === 0) return segments
  return used.length === checkpoints
    ? count(checkpoints, 'checkpoint')
    : `${count(checkpoints, 'checkpoint')} and ${segments}`
}

export function damageLines({ damage, damageCount, torn }: LogSurvey): string[] {
  const lines = damage.map(({ file, offset, bytes, what }) => {
    const size = bytes === 0 ? '' : `, ${count(bytes, 'byte')}`
    return plain(`${file} at offset ${offset}${size}: ${what}`)
  })
  if (damageCount > damage.length) lines.push(`and ${count(damageCount - damage.length, 'stretch', 'stretches')} more`)
  if (torn !== undefined) lines.push(`no damage: ${tornWords(torn)}`)
  return lines
}

/** Rows of a name and a value. */
export function facts(found: LogInspection): string[][] {
  const { owner, first, last, bytes, liveBytes, torn, records } = found
  const rows = [
    ['owner', owner === undefined ? 'unknown' : `node ${owner.name} of cluster ${owner.cluster}`],
    ['log', `${filesWords(found)}, ${count(records, 'record')}`],
    ['bytes', bytes.toLocaleString('en-US')],
    ['live', `${count(liveBytes, 'byte')}: what a checkpoint of all that is held would take`],
    ['dead', count(deadBytes(found), 'byte')],
    ['first version', first === undefined ? 'none' : versionWords(first)],
    ['last version', last === undefined ? 'none' : versionWords(last)],
    ['torn tail', torn === undefined ? 'none' : tornWords(torn)],
    ...damageRows(found),
  ]
  return rows.map(([name = '', value = '']) => [name, plain(value)])
}

function damageRows(found: LogInspection): string[][] {
  const { damage, damageCount } = found
  if (damageCount === 0) return [['damage', 'none']]
  return damageLines({ ...found, torn: undefined, damage: damage.slice(0, DAMAGE_SHOWN) }).map((line, at) => [
    at === 0 ? 'damage' : '',
    line,
  ])
}

/** Of what is damaged; more is counted. */
const DAMAGE_SHOWN = 8

function versionWords({ time, origin }: Version): string {
  return `${moment(unixMsFromHlc(time))} by ${origin}`
}

export function fileRows({ files, aside }: LogLook): string[][] {
  const rows = files.map(({ name, bytes, records, isUsed }) => [
    plain(name),
    bytes.toLocaleString('en-US'),
    records.toLocaleString('en-US'),
    isUsed ? '' : 'not used: the next start removes it',
  ])
  const beside = aside.map(({ name, bytes, isTakenBack }) => [
    plain(name),
    bytes.toLocaleString('en-US'),
    '',
    asideWords(isTakenBack),
  ])
  return [['FILE', 'BYTES', 'RECORDS', ''], ...rows, ...beside]
}

export function kindRows({ kinds }: LogSurvey): string[][] {
  const rows = Object.entries(kinds).sort(([, a], [, b]) => b - a)
  return [['KIND', 'RECORDS'], ...rows.map(([kind, n]) => [kind, n.toLocaleString('en-US')])]
}
