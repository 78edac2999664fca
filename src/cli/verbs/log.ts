/**
 * `hearsay log`: looks into a data folder, checks it, sets aside what is damaged in it. Looking and checking change
 * nothing and may be done while a node uses the folder. What is damaged is decided in storage.
 */

import { HearsayError } from '../../core/errors.ts'
import type { LogInspection, LogLook, LogRepair } from '../../node/log-tools.ts'
import type { Watch } from '../../node/watched-disk.ts'
import { EXIT } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { asideLines, damageLines, facts, fileRows, kindRows, logJson, unusedWords, wholeLine } from '../log-words.ts'
import { Progress } from '../progress.ts'
import { count, painter, plain, table } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const log: Verb = defineVerb({
  name: 'log',
  summary: 'Look into a data folder, check it, or set aside what is damaged.',
  details:
    '`inspect` tells whose log it is, its files, how many records of which kind, from when to when, and how much of it is live. `verify` reads everything and changes nothing: 0 when it is whole, 1 with a line for each damaged stretch. A last write that a crash cut short is no damage: the next start cuts it off. Both take a backup file too, and a folder that a node uses. `repair` is for a folder that no node uses: it deletes nothing, but moves what cannot be used to files of their own, named set-aside-…; what is left is a true beginning of the log, from which a node starts and gets the rest from the others. A node sets damage aside by itself too. What lay whole behind the damage it takes back once it has asked every member; what stood in the damaged bytes is lost unless another node has it. Files of which all was taken back are renamed salvaged-…, and may be deleted then; `inspect` and `verify` list both.',
  operands: [
    { name: 'WHAT', describe: 'inspect, verify or repair' },
    { name: 'PATH', describe: 'the data folder; for inspect and verify also one file of it, or a backup' },
  ],
  flags: { json: { type: 'boolean', default: false, describe: 'JSON for programs, errors too' } },
  hints: { ERR_FOLDER_IN_USE: 'stop the node that uses it first; `inspect` and `verify` work while it runs' },
  examples: [
    ['hearsay log verify ./data', 'whether the log is whole'],
    ['hearsay log inspect ./data --json', 'what is in it, for a program'],
    ['hearsay log repair ./data', 'a node can start from it again'],
  ],
  run: async ({ json }, [what = '', path = ''], io) => {
    const tools = await import('../../node/log-tools.ts')
    switch (what) {
      case 'inspect':
        return inspected(await watched(io, (watch) => tools.inspectLog(path, watch)), json, io)
      case 'verify':
        return verified(await watched(io, (watch) => tools.verifyLog(path, watch)), json, io)
      case 'repair':
        return repaired(await watched(io, (watch) => tools.repairLog(path, watch)), json, io)
      default:
        throw new HearsayError('ERR_USAGE', `log takes inspect, verify or repair, not ${JSON.stringify(what)}`)
    }
  },
})

async function watched<T>(io: Io, look: (watch: Pick<Watch, 'onProgress'>) => Promise<T>): Promise<T> {
  const progress = new Progress(io.stderr)
  try {
    return await look({ onProgress: (bytes, bytesAll) => progress.showShare('read', bytes, bytesAll) })
  } finally {
    progress.clear()
  }
}

async function inspected(found: LogInspection, asJson: boolean, io: Io): Promise<number> {
  if (asJson) {
    await io.stdout.line(JSON.stringify(logJson(found)))
    return EXIT.ok
  }
  const paint = painter(io.stdout, io.env)
  for (const line of table(facts(found), (cell, _, column) => (column === 0 ? paint(cell, 'dim') : cell))) {
    await io.stdout.line(line)
  }
  for (const rows of [fileRows(found), kindRows(found)]) {
    await io.stdout.line('')
    for (const line of table(rows, (cell, row) => (row === 0 ? paint(cell, 'bold') : cell))) await io.stdout.line(line)
  }
  return EXIT.ok
}

async function verified(found: LogLook, asJson: boolean, io: Io): Promise<number> {
  const isWhole = found.damageCount === 0
  if (asJson) await io.stdout.line(JSON.stringify({ whole: isWhole, ...logJson(found) }))
  else {
    const lines = isWhole ? [`${wholeLine(found)}${unusedWords(found)}`] : damageLines(found)
    for (const line of [...lines, ...asideLines(found)]) await io.stdout.line(plain(line))
  }
  return isWhole ? EXIT.ok : EXIT.no
}

async function repaired({ moved, survey }: LogRepair, asJson: boolean, io: Io): Promise<number> {
  if (asJson) {
    await io.stdout.line(JSON.stringify({ setAside: moved, ...(survey === undefined ? {} : logJson(survey)) }))
    return EXIT.ok
  }
  for (const { file, offset, as, bytes, records } of moved) {
    const what = offset === 0 ? file : `${file} from offset ${offset} on`
    const found = `${count(bytes, 'byte')}, ${count(records, 'valid record')} in it`
    await io.stdout.line(`set aside ${plain(what)} as ${plain(as)}: ${found}`)
  }
  if (moved.length === 0 && survey !== undefined) await io.stdout.line(`nothing to repair; ${wholeLine(survey)}`)
  else if (survey === undefined) await io.stdout.line('nothing of the log could be used: a node begins anew here')
  else await io.stdout.line(plain(`the log is ${wholeLine(survey)}`))
  return EXIT.ok
}
