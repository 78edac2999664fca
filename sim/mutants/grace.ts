/**
 * `npm run sim:grace`: what deletes would be worth with a grace timer, as most stores have it. In a copy of the compiled
 * code tombstones are dropped some seconds after they were made, whoever has seen them or not, and no pull is ever unsafe.
 * The same seeds of the scenario `away` run with that and with the shipped code, without any checker; the table says in
 * how many runs something was wrong in the end.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import type { RunsWith } from './aftermath-of-seeds.ts'
import { gracePatches } from './grace-patches.ts'
import { plantAll } from './plant.ts'

const SCENARIO = 'away'
/** About as long as nodes are away, and longer than most runs. */
const GRACE_SECONDS = [10, 60] as const

const argv = yargs(hideBin(process.argv))
  .scriptName('npm run sim:grace --')
  .usage('$0\n\nCompares exact deletes with a grace timer.')
  .option('seeds', { type: 'number', default: 1_000, describe: 'how many runs of each' })
  .option('from', { type: 'number', default: 1, describe: 'the first seed' })
  .strictOptions()
  .parseSync()

const built = fileURLToPath(new URL('../..', import.meta.url))
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

function runsOf(folder: string): Promise<RunsWith> {
  const program = join(folder, 'sim', 'mutants', 'aftermath-of-seeds.js')
  const args = [program, SCENARIO, String(argv.from), String(argv.seeds)]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, said) => {
      if (error !== null) reject(error)
      else resolve(JSON.parse(said) as RunsWith)
    })
  })
}

function tell(name: string, { runs, resurrections, lostNewest, divergence, corner, failed }: RunsWith): void {
  const cells = [runs, resurrections, lostNewest, divergence, corner, failed]
  say(`| ${name} | ${cells.map((count) => count.toLocaleString('en')).join(' | ')} |`)
}

say(
  '| deletes | runs | a deleted value is back | the newest write is lost | nodes differ | documented corner | failed |',
)
say('|---|---|---|---|---|---|---|')
tell('exact', await runsOf(built))
for (const seconds of GRACE_SECONDS) {
  const folder = plantAll(`grace-${seconds}`, gracePatches(seconds), built)
  tell(`grace timer of ${seconds} s`, await runsOf(folder))
}
